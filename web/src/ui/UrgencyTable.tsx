import { useTranslation } from 'react-i18next';
import type { Level } from './SeverityBadge';
import { UrgencyBadge } from './UrgencyBadge';
import classes from './UrgencyTable.module.css';

interface Term {
  factor: string;
  value: string;
  points: number;
}

interface UrgencyTableProps {
  terms: readonly Term[];
  level: Level;
  score?: number;
}

const FACTORS = ['severity', 'asset_criticality', 'exposure'] as const;
const VALUES = ['unknown', 'public_source_to_internal_target', 'internet_facing_asset'] as const;
const LEVELS = ['informational', 'low', 'medium', 'high', 'critical'] as const;

/** The sum as the server made it: every term, its value and its points. */
export function UrgencyTable({ terms, level, score }: UrgencyTableProps) {
  const { t } = useTranslation();
  const total = score ?? terms.reduce((sum, term) => sum + term.points, 0);
  return (
    <table className={classes.terms}>
      <tbody>
        {terms.map((term) => (
          <tr key={`${term.factor} ${term.value}`}>
            <th scope="row">
              <FactorName name={term.factor} /> <ValueName name={term.value} />
            </th>
            <td>{term.points >= 0 ? `+${term.points}` : `\u2212${-term.points}`}</td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">
            <span className="visually-hidden">{t('common.urgency_sum')}</span>
            <UrgencyBadge level={level} isNamed />
          </th>
          <td>{total}</td>
        </tr>
      </tfoot>
    </table>
  );
}

function FactorName({ name }: { name: string }) {
  const { t } = useTranslation();
  const factor = FACTORS.find((each) => each === name);
  return <>{factor ? t(`common.urgency_factor.${factor}`) : name}</>;
}

function ValueName({ name }: { name: string }) {
  const { t } = useTranslation();
  const value = VALUES.find((each) => each === name);
  const level = LEVELS.find((each) => each === name);
  const text = value
    ? t(`common.urgency_value.${value}`)
    : level
      ? t(`common.level.${level}`).toLocaleLowerCase()
      : name;
  return <span className={classes.value}>{text}</span>;
}
