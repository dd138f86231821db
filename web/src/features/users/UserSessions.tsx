import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { SessionInfo, User } from '@/api/model';
import { deviceName, readUserAgent } from '@/lib/user-agent';
import { errorText } from '@/ui/error-text';
import { LoadingSkeleton } from '@/ui/LoadingSkeleton';
import { notifyDone, notifyFailed } from '@/ui/notify';
import { Panel } from '@/ui/Panel';
import { RelativeTime } from '@/ui/RelativeTime';
import { useEndSession, userSessionsQuery } from './api';
import classes from './users.module.css';

/** Where somebody is signed in, for whoever administers them. */
export function UserSessions({ user }: { user: User }) {
  const { t } = useTranslation();
  const sessions = useQuery(userSessionsQuery(user.id));
  return (
    <Panel title={t('users.sessions.title')} isFlush>
      {sessions.isPending && <LoadingSkeleton rows={2} height={40} />}
      <ul className={classes.membershipList}>
        {sessions.data?.map((session) => (
          <SessionRow key={session.id} user={user} session={session} />
        ))}
        {sessions.error && <li className={classes.dim}>{errorText(sessions.error, t)}</li>}
        {sessions.data?.length === 0 && <li className={classes.dim}>{t('users.sessions.none')}</li>}
      </ul>
    </Panel>
  );
}

function SessionRow({ user, session }: { user: User; session: SessionInfo }) {
  const { t } = useTranslation();
  const end = useEndSession(user.id);
  const ip = session.ip ?? '—';
  const device = readUserAgent(session.user_agent ?? null);
  return (
    <li>
      <div className={classes.session}>
        <span className="truncate" title={session.user_agent ?? undefined}>
          {device ? deviceName(device, t) : t('profile.sessions.unknown')}
        </span>
        <span className={classes.dim}>
          <span className="mono">{ip}</span> · {t('users.sessions.seen')}{' '}
          <RelativeTime at={session.last_seen_at} isLong />
        </span>
      </div>
      <Button
        size="xs"
        variant="default"
        loading={end.isPending}
        aria-label={t('users.sessions.end_named', { ip })}
        onClick={() =>
          end.mutate(session.id, {
            onSuccess: () => notifyDone(t('users.sessions.ended')),
            onError: (error) => notifyFailed(errorText(error, t)),
          })
        }
      >
        {t('users.sessions.end')}
      </Button>
    </li>
  );
}
