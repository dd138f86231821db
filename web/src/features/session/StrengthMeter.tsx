import { IconCircle, IconCircleCheckFilled } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { MINIMUM_LENGTH, type PasswordCheck } from './password-rules';
import classes from './session.module.css';

const COLOURS = ['var(--cc-bad)', 'var(--cc-bad)', 'var(--cc-medium)', 'var(--cc-good)', 'var(--cc-good)'];

export function StrengthMeter({ check, length }: { check: PasswordCheck; length: number }) {
  const { t } = useTranslation();
  const level = length === 0 ? 0 : check.strength;
  const rules = [
    {
      text: t('session.change.length'),
      isMet: check.isLongEnough,
      note: t('session.change.length_count', { count: Math.min(length, MINIMUM_LENGTH) }),
    },
    { text: t('session.change.different'), isMet: length > 0 && check.isDifferent },
    { text: t('session.change.personal'), isMet: length > 0 && check.isImpersonal },
    { text: t('session.change.varied'), isMet: check.isVaried },
  ];
  return (
    <div>
      <div className={classes.meter} style={{ '--meter': COLOURS[level] } as React.CSSProperties} aria-hidden>
        {[1, 2, 3, 4].map((step) => (
          <i key={step} data-on={(length > 0 && Math.max(1, level) >= step) || undefined} />
        ))}
      </div>
      <div className={classes.meterLine} aria-live="polite">
        <span>{t('session.change.strength')}</span>
        <span>{length > 0 ? t(`session.change.strength_level.${level}`) : t('common.state.none')}</span>
      </div>
      <ul className={classes.rules}>
        {rules.map((rule) => (
          <li key={rule.text} className={classes.rule} data-met={rule.isMet || undefined}>
            {rule.isMet ? <IconCircleCheckFilled size={14} aria-hidden /> : <IconCircle size={14} aria-hidden />}
            {rule.text}
            {rule.note && !rule.isMet && length > 0 ? ` · ${rule.note}` : ''}
          </li>
        ))}
      </ul>
    </div>
  );
}
