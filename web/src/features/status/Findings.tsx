import { IconCircleCheck } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { FindingStatus } from '@/api/model';
import { findingInReadersWords } from '@/i18n/own-words';
import { EmptyState } from '@/ui/EmptyState';
import { Panel } from '@/ui/Panel';
import { RelativeTime } from '@/ui/RelativeTime';
import { SeverityBadge } from '@/ui/SeverityBadge';
import classes from './status.module.css';

/** What is wrong now, the gravest first; or that all is well. */
export function Findings({ findings }: { findings: readonly FindingStatus[] }) {
  const { t } = useTranslation();
  const count = findings.length;
  return (
    <Panel title={t('status.findings.title')} meta={count > 0 && t('status.findings.count', { count })} isFlush>
      {count === 0 ? (
        <div className={classes.well}>
          <EmptyState
            icon={<IconCircleCheck size={28} stroke={1.5} aria-hidden />}
            title={t('status.findings.none')}
            text={t('status.findings.none_text')}
          />
        </div>
      ) : (
        <ul className={classes.rows}>
          {findings.map((finding) => (
            <FindingRow key={`${finding.kind} ${finding.subject} ${finding.since}`} finding={finding} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function FindingRow({ finding: { kind, subject, severity, summary, since } }: { finding: FindingStatus }) {
  const { t } = useTranslation();
  return (
    <li className={classes.finding} data-level={severity}>
      <div className={classes.level}>
        <SeverityBadge level={severity} />
      </div>
      <div className={classes.text}>
        <p className={classes.name}>
          <strong>{kind ? t(`status.kind.${kind}`) : t('status.kind.other')}</strong>{' '}
          <span className={classes.dim}>{findingInReadersWords(subject)}</span>
        </p>
        <p>{findingInReadersWords(summary)}</p>
      </div>
      <span className={classes.dim}>
        {t('status.findings.since')} <RelativeTime at={since} isLong />
      </span>
    </li>
  );
}
