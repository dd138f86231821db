import { IconAlertTriangle } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { formatNumber } from '@/lib/numbers';
import { fullTime } from '@/lib/time';
import { followersQuery } from './api';
import classes from './audit.module.css';

/** Names each witness and SIEM that takes nothing of the log, and why; nothing while all do. */
export function FollowersBanner() {
  const { t, i18n } = useTranslation();
  const failing = useQuery(followersQuery).data?.items.filter(({ problem }) => problem) ?? [];
  if (failing.length === 0) return null;
  return (
    <div role="status">
      {failing.map(({ kind, name, behind, problem, failing_since }) => (
        <p key={`${kind} ${name}`} className={classes.banner}>
          <IconAlertTriangle size={20} stroke={1.5} aria-hidden />
          <span>
            <strong>{t(`audit.follower.${kind}`, { name })}</strong>{' '}
            {t('audit.follower.waiting', {
              records: formatNumber(behind, i18n.language),
              when: failing_since ? fullTime(failing_since, i18n.language) : '',
            })}{' '}
            <span className={classes.problem}>{problem}</span>
          </span>
        </p>
      ))}
    </div>
  );
}
