import { IconChevronLeft } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import classes from './DetailHeader.module.css';

interface DetailHeaderProps {
  /** A link to the list this came from. */
  back: ReactNode;
  /** What people call it by, beside the way back. */
  reference?: ReactNode;
  actions?: ReactNode;
  title: ReactNode;
  /** Its state in a line of badges. */
  facts?: ReactNode;
  children?: ReactNode;
}

/** The head of a page about one thing: where it belongs, what it is called, how it stands, what can be done. */
export function DetailHeader({ back, reference, actions, title, facts, children }: DetailHeaderProps) {
  return (
    <header className={classes.header}>
      <div className={classes.top}>
        <span className={classes.back}>
          <IconChevronLeft size={16} stroke={1.6} aria-hidden />
          {back}
        </span>
        {reference}
      </div>
      <h1 className={classes.title}>{title}</h1>
      {facts && <div className={classes.facts}>{facts}</div>}
      {actions && <div className={classes.actions}>{actions}</div>}
      {children && <div className={classes.more}>{children}</div>}
    </header>
  );
}

interface DetailColumnsProps {
  children: ReactNode;
  side: ReactNode;
  sideLabel: string;
}

/** What is told, and beside it the context that is looked up. */
export function DetailColumns({ children, side, sideLabel }: DetailColumnsProps) {
  return (
    <div className={classes.columns}>
      <div className={classes.main}>{children}</div>
      <aside className={classes.side} aria-label={sideLabel}>
        {side}
      </aside>
    </div>
  );
}
