import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { formatNumber } from '@/lib/numbers';
import classes from './FiringReasons.module.css';

interface Reason {
  field: string;
  value?: string | null;
  pattern?: string | null;
  selection?: string | null;
}

interface FiringReasonsProps {
  /** The rule, with a link where there is one. */
  rule: ReactNode;
  /** A link to the event that fired it; of several, the one that completed them. */
  event?: ReactNode;
  matched: readonly Reason[];
  correlation?: {
    group: readonly unknown[];
    value: number;
    threshold?: number | null;
    timespan_seconds: number;
    kind: string;
  } | null;
}

const COUNTED: Record<string, 'rules.why.counted_events' | 'rules.why.counted_values'> = {
  event_count: 'rules.why.counted_events',
  value_count: 'rules.why.counted_values',
};

function said({ kind, threshold }: { kind: string; threshold?: number | null }) {
  return threshold ? (COUNTED[kind] ?? 'rules.why.counted') : 'rules.why.together';
}

/** What a rule saw: how many events within which time, and the fields that it looked at. */
export function FiringReasons({ rule, event, matched, correlation }: FiringReasonsProps) {
  const { t, i18n } = useTranslation();
  return (
    <div className={classes.reasons}>
      <p className={classes.rule}>
        <span>{rule}</span>
        {event}
      </p>
      {correlation && (
        <p className={classes.sum}>
          {t(said(correlation), {
            value: formatNumber(correlation.value, i18n.language),
            threshold: formatNumber(correlation.threshold ?? 0, i18n.language),
            minutes: formatNumber(Math.max(1, Math.round(correlation.timespan_seconds / 60)), i18n.language),
          })}
        </p>
      )}
      {correlation && correlation.group.length > 0 && (
        <dl className={classes.group}>
          {(correlation.group as [string, string][]).map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd className="mono">{value}</dd>
            </div>
          ))}
        </dl>
      )}
      {matched.length > 0 && (
        <section
          className={classes.scroll}
          aria-label={t('rules.why.compared')}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
          tabIndex={0}
        >
          <table className={classes.table}>
            <thead>
              <tr>
                <th scope="col">{t('rules.why.field')}</th>
                <th scope="col">{t('rules.why.value')}</th>
                <th scope="col">{t('rules.why.pattern')}</th>
              </tr>
            </thead>
            <tbody>
              {matched.map(({ field, value, pattern, selection }) => (
                <tr key={`${selection} ${field} ${pattern}`}>
                  <th scope="row" className="mono">
                    {field}
                  </th>
                  <td className="mono">{value ?? '—'}</td>
                  <td className="mono">{pattern ?? '—'}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </div>
  );
}
