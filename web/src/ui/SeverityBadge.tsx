import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './badges.module.css';

export type Level = 'informational' | 'low' | 'medium' | 'high' | 'critical';

/** Each level has its own outline, so that colour is never the only sign. */
const SHAPES: Record<Level, string> = {
  critical: 'M5 1h6l4 4v6l-4 4H5l-4-4V5z',
  high: 'M8 1l7.2 13.6H.8z',
  medium: 'M8 .8L15.2 8 8 15.2.8 8z',
  low: 'M2 2h12v12H2z',
  informational: 'M8 1.2a6.8 6.8 0 1 0 0 13.6A6.8 6.8 0 0 0 8 1.2z',
};

const FILLED: ReadonlySet<Level> = new Set(['critical', 'high']);

export const SeverityGlyph = memo(function SeverityGlyph({ level, size = 16 }: { level: Level; size?: number }) {
  const { t } = useTranslation();
  const isFilled = FILLED.has(level);
  return (
    <svg className={`${classes.glyph} ${classes[level]}`} width={size} height={size} viewBox="0 0 16 16" aria-hidden>
      <path
        d={SHAPES[level]}
        fill={isFilled ? 'var(--level)' : 'none'}
        stroke="var(--level)"
        strokeWidth="1.4"
        strokeLinejoin="round"
      />
      <text
        x="8"
        y={level === 'high' ? 13 : 11.3}
        textAnchor="middle"
        fontSize={level === 'high' ? 8 : 9}
        fontWeight="700"
        fill={isFilled ? 'var(--cc-surface)' : 'var(--level)'}
      >
        {t(`common.level_letter.${level}`)}
      </text>
    </svg>
  );
});

/** What the source says. `isCompact` keeps the glyph only; its name stays for screen readers. */
export const SeverityBadge = memo(function SeverityBadge({
  level,
  isCompact = false,
}: {
  level: Level;
  isCompact?: boolean;
}) {
  const { t } = useTranslation();
  const name = t(`common.level.${level}`);
  return (
    <span className={classes.badge} title={t('common.severity_label', { level: name })}>
      <SeverityGlyph level={level} />
      <span className={isCompact ? 'visually-hidden' : 'truncate'}>{name}</span>
    </span>
  );
});
