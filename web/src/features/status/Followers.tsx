import { useTranslation } from 'react-i18next';
import type { FollowerStatus } from '@/api/model';
import { formatNumber } from '@/lib/numbers';
import { EmptyState } from '@/ui/EmptyState';
import { Panel } from '@/ui/Panel';
import { RelativeTime } from '@/ui/RelativeTime';
import classes from './status.module.css';

/** Who is told of the audit log, and what they lack of it. */
export function Followers({ followers }: { followers: readonly FollowerStatus[] }) {
  const { t } = useTranslation();
  return (
    <Panel title={t('status.followers.title')} isFlush>
      {followers.length === 0 && <EmptyState title={t('status.followers.none')} />}
      <ul className={classes.rows}>
        {followers.map((follower) => (
          <FollowerRow key={`${follower.is_siem} ${follower.name}`} follower={follower} />
        ))}
      </ul>
    </Panel>
  );
}

function FollowerRow({ follower }: { follower: FollowerStatus }) {
  const { t, i18n } = useTranslation();
  const { name, is_siem, behind, waiting_since, problem } = follower;
  const records = formatNumber(behind, i18n.language);
  const state = problem ? 'bad' : behind > 0 ? 'waiting' : 'good';
  return (
    <li className={classes.follower}>
      <div className={classes.text}>
        <p className={classes.name}>
          <strong>{t(is_siem ? 'status.followers.siem' : 'status.followers.witness')}</strong>{' '}
          <span className="mono">{name}</span>
        </p>
        {problem && <p className={classes.dim}>{problem}</p>}
      </div>
      <span>
        <span className={classes.state} data-state={state}>
          {behind > 0 ? t('status.followers.behind', { count: behind, records }) : t('status.followers.whole')}
        </span>
        {waiting_since && (
          <span className={classes.second}>
            {t('status.followers.waiting')} <RelativeTime at={waiting_since} isLong />
          </span>
        )}
      </span>
    </li>
  );
}
