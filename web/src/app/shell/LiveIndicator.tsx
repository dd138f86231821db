import { Tooltip } from '@mantine/core';
import { useTimeout } from '@mantine/hooks';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { dismissMissed, reconnectNow, useLiveState } from '@/api/live';
import classes from './TopBar.module.css';

const SHOWN_MS = 8000;

/** Whether what is shown is current: shape and word say it, not colour alone. */
export function LiveIndicator() {
  const { t } = useTranslation();
  const { status, missed, refreshedAt } = useLiveState();
  const isAway = status === 'offline' || status === 'reconnecting';
  const { start, clear } = useTimeout(dismissMissed, SHOWN_MS);
  useEffect(() => {
    if (refreshedAt !== null) start();
    return clear;
  }, [refreshedAt, start, clear]);

  const note =
    refreshedAt === null ? null : missed > 0 ? t('shell.live.missed', { count: missed }) : t('shell.live.refreshed');
  return (
    <Tooltip label={isAway ? t('shell.live.retry') : t('shell.live.hint')}>
      <button type="button" className={classes.live} data-status={status} onClick={isAway ? reconnectNow : undefined}>
        <span className={classes.dot} aria-hidden />
        <span className={classes.liveText} role="status">
          {t(`shell.live.${status}`)}
          {note && <span className={classes.missed}> · {note}</span>}
        </span>
      </button>
    </Tooltip>
  );
}
