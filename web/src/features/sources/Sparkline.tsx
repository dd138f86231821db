import { useTranslation } from 'react-i18next';
import { formatNumber } from '@/lib/numbers';
import classes from './sources.module.css';

interface SparklineProps {
  /** Deliveries of each minute, the present one last. */
  values: readonly number[];
  width?: number;
  height?: number;
}

/** The last hour, a bar for each minute. */
export function Sparkline({ values, width = 120, height = 24 }: SparklineProps) {
  const { t, i18n } = useTranslation();
  const largest = Math.max(...values, 1);
  const total = values.reduce((sum, value) => sum + value, 0);
  const step = width / Math.max(values.length, 1);
  const text = t('sources.rate', {
    count: total,
    total: formatNumber(total, i18n.language),
    peak: formatNumber(Math.max(...values, 0), i18n.language),
  });
  const bars = values.map((value, index) => {
    const size = value === 0 ? 1 : Math.max(2, (value / largest) * height);
    return `M${(index * step).toFixed(2)} ${height}v-${size.toFixed(1)}h${(step * 0.72).toFixed(2)}v${size.toFixed(1)}z`;
  });
  return (
    <svg
      className={classes.spark}
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={text}
      data-idle={total === 0 || undefined}
    >
      <title>{text}</title>
      <path d={bars.join('')} />
    </svg>
  );
}
