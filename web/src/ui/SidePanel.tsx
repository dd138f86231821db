import { ActionIcon } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import type { CSSProperties, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useKeys } from '@/lib/use-keys';
import classes from './SidePanel.module.css';

/** A list and, beside it, what is open of it. */
export function SplitView({ children, panel }: { children: ReactNode; panel: ReactNode }) {
  return (
    <div className={classes.split}>
      <div className={classes.main}>{children}</div>
      {panel}
    </div>
  );
}

interface SidePanelProps {
  label: string;
  head: ReactNode;
  actions?: ReactNode;
  foot?: ReactNode;
  width?: number;
  onClose: () => void;
  children: ReactNode;
}

/** Beside the list, not over it, so that walking the list moves the panel along; Escape closes it. */
export function SidePanel({ label, head, actions, foot, width, onClose, children }: SidePanelProps) {
  const { t } = useTranslation();
  useKeys({ Escape: onClose });
  const style = width ? ({ '--panel-width': `${width}px` } as CSSProperties) : undefined;
  return (
    <aside className={classes.panel} aria-label={label} style={style}>
      <div className={classes.head}>
        <div className={`${classes.label} truncate`}>{head}</div>
        {actions}
        <ActionIcon onClick={onClose} aria-label={t('common.action.close')}>
          <IconX size={17} stroke={1.5} aria-hidden />
        </ActionIcon>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <div className={classes.body} tabIndex={0}>
        {children}
      </div>
      {foot && <div className={classes.foot}>{foot}</div>}
    </aside>
  );
}
