import { useTranslation } from 'react-i18next';
import type { AlertState as State } from '@/api/model';
import classes from './alerts.module.css';

/** A dot not looked at, a ring seen, a struck ring silenced, a tick done. */
export function AlertStateBadge({ state }: { state: State }) {
  const { t } = useTranslation();
  const colour = state === 'new' || state === 'acknowledged' ? 'var(--cc-accent)' : 'var(--cc-text-dim)';
  return (
    <span className={classes.state}>
      <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden>
        <circle cx="7" cy="7" r="5" fill={state === 'new' ? colour : 'none'} stroke={colour} strokeWidth="1.5" />
        {state === 'suppressed' && <path d="M3.4 10.6l7.2-7.2" stroke={colour} strokeWidth="1.5" />}
        {state === 'closed' && <path d="M4.6 7.2l1.7 1.7 3.2-3.5" fill="none" stroke={colour} strokeWidth="1.5" />}
      </svg>
      <span className="truncate">{t(`alerts.state.${state}`)}</span>
    </span>
  );
}
