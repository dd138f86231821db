import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { QuarantineItem } from '@/api/model';
import classes from './quarantine.module.css';

/** Why a delivery was not taken, in words; the server's own sentence where the code is not known. */
export function reasonText(item: { reason_code: string; reason: string }, t: TFunction): string {
  return t(`quarantine.reason.${item.reason_code}` as 'quarantine.reason.empty', '') || item.reason;
}

/** "line 6, column 3": empty where the reason has no place. */
export function positionText(item: QuarantineItem, t: TFunction): string {
  const { line, column } = item.position ?? {};
  if (!line) return '';
  return column ? t('quarantine.place', { line, column }) : t('quarantine.place_line', { line });
}

/** Held is a full dot, replayed a tick, discarded a cross. */
export function QuarantineState({ state }: { state: QuarantineItem['state'] }) {
  const { t } = useTranslation();
  const colour = state === 'held' ? 'var(--cc-warn)' : 'var(--cc-text-dim)';
  return (
    <span className={classes.inline}>
      <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden>
        {state === 'held' && <circle cx="6" cy="6" r="4.5" fill={colour} />}
        {state === 'replayed' && <path d="M1.8 6.4l2.8 2.8 5.6-6.2" fill="none" stroke={colour} strokeWidth="1.6" />}
        {state === 'discarded' && <path d="M2.4 2.4l7.2 7.2M9.6 2.4L2.4 9.6" stroke={colour} strokeWidth="1.6" />}
      </svg>
      {t(`quarantine.state.${state}`)}
    </span>
  );
}
