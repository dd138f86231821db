import { Button, SegmentedControl } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DryRunResult, RuleDetail } from '@/api/model';
import { formatNumber } from '@/lib/numbers';
import { errorText } from '@/ui/error-text';
import { Panel } from '@/ui/Panel';
import { RelativeTime } from '@/ui/RelativeTime';
import { useDryRun } from './api';
import classes from './rules.module.css';

const DAYS = ['1', '7', '30'] as const;

/** What the rule would have made of the events that were kept: asked before it is switched on. */
export function DryRun({ rule }: { rule: RuleDetail }) {
  const { t } = useTranslation();
  const [days, setDays] = useState<string>('7');
  const run = useDryRun(rule.id);
  return (
    <Panel title={t('rules.dry_run.title')}>
      <div className={classes.dryRun}>
        <SegmentedControl
          aria-label={t('rules.dry_run.days')}
          data={DAYS.map((value) => ({ value, label: t('rules.suppressions.days', { count: Number(value) }) }))}
          value={days}
          onChange={setDays}
        />
        <Button variant="default" loading={run.isPending} onClick={() => run.mutate({ days: Number(days) })}>
          {t('rules.dry_run.run')}
        </Button>
      </div>
      {run.error && (
        <p className={classes.error} role="alert">
          {errorText(run.error, t)}
        </p>
      )}
      {run.data && <Outcome result={run.data} />}
    </Panel>
  );
}

function Outcome({ result }: { result: DryRunResult }) {
  const { t, i18n } = useTranslation();
  const number = (value: number) => formatNumber(value, i18n.language);
  return (
    <div className={classes.outcome} role="status">
      <p className={classes.verdict} data-good={result.is_complete || undefined}>
        {t('rules.dry_run.said', {
          events: number(result.events),
          hits: number(result.hits),
          firings: number(result.firings),
        })}
      </p>
      {!result.is_complete && (
        <p className={classes.dim}>
          {t('rules.dry_run.incomplete')} <RelativeTime at={result.reached_at} isLong />
        </p>
      )}
      {result.samples.length > 0 && (
        <ul className={classes.samples}>
          {result.samples.map((sample) => (
            <li key={sample.event_id}>
              <RelativeTime at={sample.at} isLong />
              <span>{sample.title}</span>
              <span className={`${classes.dim} mono`}>{sample.parties.join(' → ')}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
