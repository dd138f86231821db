import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import classes from './ConflictPanel.module.css';

export interface ConflictingField {
  name: string;
  theirs: string;
  mine: string;
}

interface ConflictPanelProps {
  fields: ConflictingField[];
  isPending: boolean;
  onKeepMine: () => void;
  onTakeTheirs: () => void;
}

/** Somebody saved first. Both texts side by side; nothing is overwritten unless the person says so. */
export function ConflictPanel({ fields, isPending, onKeepMine, onTakeTheirs }: ConflictPanelProps) {
  const { t } = useTranslation();
  return (
    <div className={classes.panel} role="alert">
      <p className={classes.title}>{t('ticket.conflict.title')}</p>
      {fields.map((field) => (
        <div key={field.name} className={classes.sides}>
          <div className={classes.side}>
            <p className={classes.name}>{t('ticket.conflict.theirs', { field: field.name })}</p>
            <p className={classes.text}>{field.theirs || '—'}</p>
          </div>
          <div className={classes.side}>
            <p className={classes.name}>{t('ticket.conflict.mine', { field: field.name })}</p>
            <p className={classes.text}>{field.mine || '—'}</p>
          </div>
        </div>
      ))}
      {fields.length === 0 && <p className={classes.text}>{t('ticket.conflict.elsewhere')}</p>}
      <div className={classes.actions}>
        <Button size="xs" variant="default" onClick={onTakeTheirs}>
          {t('ticket.conflict.take_theirs')}
        </Button>
        <Button size="xs" loading={isPending} onClick={onKeepMine}>
          {t('ticket.conflict.keep_mine')}
        </Button>
      </div>
    </div>
  );
}
