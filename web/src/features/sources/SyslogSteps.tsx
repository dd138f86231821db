import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { CopyButton } from '@/ui/CopyButton';
import { errorText } from '@/ui/error-text';
import { LoadingSkeleton } from '@/ui/LoadingSkeleton';
import { listenersQuery } from './api';
import { destinations } from './destination';
import classes from './sources.module.css';

/** Where to point the sender: what listens now, and what there is to do when nothing does. */
export function SyslogSteps() {
  const { t } = useTranslation();
  return (
    <ol className={classes.stepsList}>
      <li>
        {t('sources.setup.syslog_1')}
        <Destinations />
      </li>
      <li>{t('sources.setup.syslog_2')}</li>
      <li>{t('sources.setup.syslog_3')}</li>
    </ol>
  );
}

function Destinations() {
  const { t } = useTranslation();
  const listeners = useQuery(listenersQuery);
  if (!listeners.data) {
    if (listeners.error) return <p className={classes.error}>{errorText(listeners.error, t)}</p>;
    return <LoadingSkeleton rows={2} />;
  }
  const found = destinations(listeners.data.nodes, window.location.hostname);
  if (found.length === 0) return <p className={classes.note}>{t('sources.setup.syslog_nothing')}</p>;
  return (
    <>
      {found.map(({ transport, host, port }) => (
        <div key={`${transport} ${host} ${port}`} className={classes.destination}>
          <strong>{transport.toUpperCase()}</strong>
          <span>
            {t('sources.setup.address')}{' '}
            {host === null ? t('sources.setup.this_machine') : <code className="mono">{host}</code>}
          </span>
          <span>
            {t('sources.setup.port')} <code className="mono">{port}</code>
          </span>
          {host !== null && <CopyButton value={host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`} />}
        </div>
      ))}
      {found.every(({ isLocal }) => isLocal) && <p className={classes.note}>{t('sources.setup.syslog_local')}</p>}
    </>
  );
}
