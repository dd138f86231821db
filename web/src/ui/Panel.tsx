import { type ReactNode, useId } from 'react';
import classes from './Panel.module.css';

interface PanelProps {
  title: ReactNode;
  /** A count or a short fact beside the title. */
  meta?: ReactNode;
  actions?: ReactNode;
  /** The content reaches the edges. */
  isFlush?: boolean;
  children: ReactNode;
}

/** A titled part of a page; parts are told apart by a hairline, not by boxes. */
export function Panel({ title, meta, actions, isFlush = false, children }: PanelProps) {
  const id = useId();
  return (
    <section className={classes.panel} aria-labelledby={id}>
      <header className={classes.head}>
        <h2 id={id} className={classes.title}>
          {title}
        </h2>
        {meta && <span className={classes.meta}>{meta}</span>}
        {actions && <div className={classes.actions}>{actions}</div>}
      </header>
      <div className={classes.body} data-flush={isFlush || undefined}>
        {children}
      </div>
    </section>
  );
}

export interface FactItem {
  label: string;
  value: ReactNode;
}

/** Names and their values, in two columns. */
export function Facts({ items }: { items: readonly FactItem[] }) {
  return (
    <dl className={classes.facts}>
      {items.map(({ label, value }) => (
        <FactRow key={label} label={label} value={value} />
      ))}
    </dl>
  );
}

function FactRow({ label, value }: FactItem) {
  return (
    <>
      <dt>{label}</dt>
      <dd>{isEmpty(value) ? '—' : value}</dd>
    </>
  );
}

function isEmpty(value: ReactNode): boolean {
  return value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
}
