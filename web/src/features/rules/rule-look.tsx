import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { RuleNumbers } from '@/api/model';
import { formatNumber, formatShare } from '@/lib/numbers';
import classes from './rules.module.css';

/** A full dot watches, a bar is switched off. */
export function RuleState({ isEnabled }: { isEnabled: boolean }) {
  const { t } = useTranslation();
  const colour = isEnabled ? 'var(--cc-good)' : 'var(--cc-text-dim)';
  return (
    <span className={classes.inline}>
      <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden>
        {isEnabled ? (
          <circle cx="6" cy="6" r="4.5" fill={colour} />
        ) : (
          <path d="M2 6h8" stroke={colour} strokeWidth="2" />
        )}
      </svg>
      {t(isEnabled ? 'rules.state.on' : 'rules.state.off')}
    </span>
  );
}

const WIDTH = 96;
const HEIGHT = 22;

/** The last 24 hours, a bar for each, and their sum. */
export function Hits({ numbers }: { numbers: RuleNumbers }) {
  const { t, i18n } = useTranslation();
  const hours = numbers.hits_by_hour;
  const total = hours.reduce((sum, value) => sum + value, 0);
  const largest = Math.max(...hours, 1);
  const step = WIDTH / Math.max(hours.length, 1);
  const text = t('rules.hits_24h', { count: total, total: formatNumber(total, i18n.language) });
  const bars = hours.map((value, index) => {
    const size = value === 0 ? 1 : Math.max(3, (value / largest) * HEIGHT);
    return `M${(index * step).toFixed(1)} ${HEIGHT}v-${size.toFixed(1)}h${(step * 0.7).toFixed(1)}v${size.toFixed(1)}z`;
  });
  return (
    <span className={classes.hits}>
      <svg
        width={WIDTH}
        height={HEIGHT}
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={text}
        data-idle={total === 0 || undefined}
      >
        <title>{text}</title>
        <path d={bars.join('')} />
      </svg>
      <span className="mono">{formatNumber(total, i18n.language)}</span>
    </span>
  );
}

/** `12 % of 41`; a dash while nobody has given a verdict. */
export function falsePositives(numbers: RuleNumbers, t: TFunction, locale: string): string {
  if (numbers.verdicts === 0) return '—';
  return t('rules.share_of', {
    share: formatShare(numbers.false_positives / numbers.verdicts, locale),
    total: formatNumber(numbers.verdicts, locale),
  });
}
