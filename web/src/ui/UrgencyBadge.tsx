import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './badges.module.css';
import type { Level } from './SeverityBadge';

const STEPS: Record<Level, number> = { informational: 1, low: 2, medium: 3, high: 4, critical: 5 };

/** The bars of the gauge as one outline: a queue draws hundreds of them. */
function bars(from: number, to: number): string {
  let outline = '';
  for (let step = from; step <= to; step += 1) {
    outline += `M${(step - 1) * 5.25} ${11 - step * 2}h4v${3 + step * 2}h-4z`;
  }
  return outline;
}

interface UrgencyBadgeProps {
  level: Level;
  score?: number;
  isNamed?: boolean;
}

/** What we compute: a gauge of five steps and its score. */
export const UrgencyBadge = memo(function UrgencyBadge({ level, score, isNamed = false }: UrgencyBadgeProps) {
  const { t } = useTranslation();
  const name = t(`common.level.${level}`);
  const label = score === undefined ? name : t('common.urgency_label', { level: name, score: Math.round(score) });
  return (
    <span className={`${classes.badge} ${classes[level]}`} title={label}>
      <svg className={classes.glyph} width="26" height="14" viewBox="0 0 26 14" aria-hidden>
        <path d={bars(1, STEPS[level])} fill="var(--level)" />
        <path d={bars(STEPS[level] + 1, 5)} fill="var(--cc-line-strong)" />
      </svg>
      {score !== undefined && (
        <span className={classes.score} aria-hidden>
          {Math.round(score)}
        </span>
      )}
      <span className={isNamed ? undefined : 'visually-hidden'}>{isNamed ? name : label}</span>
    </span>
  );
});
