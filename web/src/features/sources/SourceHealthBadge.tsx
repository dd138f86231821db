import { useTranslation } from 'react-i18next';
import type { Source } from '@/api/model';
import { useNow } from '@/lib/clock';
import { healthOf, type SourceHealth } from './health';
import classes from './sources.module.css';

const COLOURS: Record<SourceHealth, string> = {
  receiving: 'var(--cc-good)',
  silent: 'var(--cc-warn)',
  never: 'var(--cc-text-dim)',
  disabled: 'var(--cc-text-dim)',
};

/** A full dot receives, a triangle is silent, a ring has never spoken, a bar is switched off. */
export function SourceHealthBadge({ source }: { source: Source }) {
  const { t } = useTranslation();
  const health = healthOf(source, useNow());
  const colour = COLOURS[health];
  return (
    <span className={classes.inline}>
      <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden>
        {health === 'receiving' && <circle cx="6" cy="6" r="4.5" fill={colour} />}
        {health === 'silent' && <path d="M6 1l5.4 9.6H.6z" fill={colour} />}
        {health === 'never' && <circle cx="6" cy="6" r="4.2" fill="none" stroke={colour} strokeWidth="1.4" />}
        {health === 'disabled' && <path d="M2 6h8" stroke={colour} strokeWidth="2" />}
      </svg>
      {t(`sources.health.${health}`)}
    </span>
  );
}
