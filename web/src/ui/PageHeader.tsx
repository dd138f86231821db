import type { ReactNode } from 'react';
import classes from './PageHeader.module.css';

interface PageHeaderProps {
  title: ReactNode;
  /** A count or a short fact beside the title. */
  meta?: ReactNode;
  actions?: ReactNode;
}

export function PageHeader({ title, meta, actions }: PageHeaderProps) {
  return (
    <header className={classes.header}>
      <h1 className={classes.title}>{title}</h1>
      {meta && <div className={classes.meta}>{meta}</div>}
      {actions && <div className={classes.actions}>{actions}</div>}
    </header>
  );
}

/** A page fills the main area: its header, then a table that scrolls itself or `PageScroll`. */
export function PageFrame({ children }: { children: ReactNode }) {
  return <div className={classes.page}>{children}</div>;
}

export function PageScroll({ children }: { children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <div className={classes.scroll} tabIndex={0}>
      <div className={classes.content}>{children}</div>
    </div>
  );
}
