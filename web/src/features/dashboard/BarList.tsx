import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { formatNumber } from '@/lib/numbers';
import classes from './dashboard.module.css';

export interface BarItem {
  key: string;
  label: ReactNode;
  /** The label as plain text, for the title. */
  text: string;
  count: number;
  search: Record<string, string | undefined>;
  colour?: string;
}

interface BarListProps {
  label: string;
  items: readonly BarItem[];
  empty: string;
}

/** Ranked figures: a table to those who hear it, bars to those who see it, a link in every row. */
export function BarList({ label, items, empty }: BarListProps) {
  const { i18n } = useTranslation();
  const largest = Math.max(1, ...items.map(({ count }) => count));
  if (items.every(({ count }) => count === 0)) return <p className={classes.none}>{empty}</p>;
  return (
    <ul className={classes.bars} aria-label={label}>
      {items.map((item) => (
        <li key={item.key}>
          <Link
            to="/tickets"
            search={item.search}
            className={classes.bar}
            title={`${item.text}: ${formatNumber(item.count, i18n.language)}`}
          >
            <span className={classes.barLabel}>{item.label}</span>
            <span className={classes.barCount}>{formatNumber(item.count, i18n.language)}</span>
            <span className={classes.barTrack} aria-hidden>
              <i style={{ width: `${(item.count / largest) * 100}%`, background: item.colour }} />
            </span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
