import { Button } from '@mantine/core';
import { IconDeviceDesktop, IconDeviceMobile } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { SessionInfo } from '@/api/model';
import { deviceName, readUserAgent } from '@/lib/user-agent';
import { ErrorState } from '@/ui/ErrorState';
import { errorText } from '@/ui/error-text';
import { LoadingSkeleton } from '@/ui/LoadingSkeleton';
import { notifyDone, notifyFailed } from '@/ui/notify';
import { Panel } from '@/ui/Panel';
import { RelativeTime } from '@/ui/RelativeTime';
import { sessionsQuery, useRevokeSession } from './api';
import classes from './profile.module.css';

export function Sessions() {
  const { t } = useTranslation();
  const sessions = useQuery(sessionsQuery);
  return (
    <Panel title={t('profile.sessions.title')} meta={t('profile.sessions.meta')} isFlush>
      {sessions.isPending && <LoadingSkeleton rows={3} height={56} />}
      {sessions.error && <ErrorState error={sessions.error} onRetry={() => void sessions.refetch()} />}
      <ul className={classes.sessions}>
        {sessions.data?.map((session) => (
          <SessionRow key={session.id} session={session} />
        ))}
      </ul>
    </Panel>
  );
}

function SessionRow({ session }: { session: SessionInfo }) {
  const { t } = useTranslation();
  const revoke = useRevokeSession();
  const device = readUserAgent(session.user_agent ?? null);
  const Icon = device?.isPhone ? IconDeviceMobile : IconDeviceDesktop;
  const name = device ? deviceName(device, t) : t('profile.sessions.unknown');
  const end = () =>
    revoke.mutate(session.id, {
      onSuccess: () => notifyDone(t('profile.sessions.ended')),
      onError: (error) => notifyFailed(errorText(error, t)),
    });
  return (
    <li className={classes.session}>
      <Icon size={20} stroke={1.4} aria-hidden />
      <div className={classes.sessionText}>
        <span title={session.user_agent ?? undefined}>{name}</span>
        <span className={classes.dim}>
          {session.ip && <span className="mono">{session.ip} · </span>}
          {session.is_current ? (
            t('profile.sessions.current')
          ) : (
            <>
              {t('profile.sessions.seen')} <RelativeTime at={session.last_seen_at} isLong />
            </>
          )}
        </span>
      </div>
      {!session.is_current && (
        <Button
          size="xs"
          variant="default"
          loading={revoke.isPending}
          aria-label={t('profile.sessions.end_named', { name })}
          onClick={end}
        >
          {t('profile.sessions.end')}
        </Button>
      )}
    </li>
  );
}
