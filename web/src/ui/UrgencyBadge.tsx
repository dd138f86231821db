import { useTranslation } from 'react-i18next';
import classes from './badges.module.css';
import type { Level } from './SeverityBadge';

const STEPS: Record<Level, number> = { informational: 1, low: 2, medium: 3, high: 4, critical: 5 };

interface UrgencyBadgeProps {
  level: Level;
  score?: number;
  isNamed?: boolean;
}

/** What we compute: a gauge of five steps and its score. */
export function UrgencyBadge({ level, score, isNamed = false }: UrgencyBadgeProps) {
  const { t } = useTranslation();
  const name = t(`common.level.${level}`);
  const label = score === undefined ? name : t('common.urgency_label', { level: name, score: Math.round(score) });
  return (
    <span className={`${classes.badge} ${classes[level]}`} title={label}>
      <svg className={classes.glyph} width="26" height="14" viewBox="0 0 26 14" aria-hidden>
        {[1, 2, 3, 4, 5].map((step) => (
          <rect
            key={step}
            x={(step - 1) * 5.25}
            y={11 - step * 2}
            width="4"
            height={3 + step * 2}
            rx="0.75"
            fill={step <= STEPS[level] ? 'var(--level)' : 'var(--cc-line-strong)'}
          />
        ))}
      </svg>
      {score !== undefined && (
        <span className={classes.score} aria-hidden>
          {Math.round(score)}
        </span>
      )}
      <span className={isNamed ? undefined : 'visually-hidden'}>{isNamed ? name : label}</span>
    </span>
  );
}
