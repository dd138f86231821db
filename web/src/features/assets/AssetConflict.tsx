import { Button, Group, Modal, Radio, Text } from '@mantine/core';
import type { TFunction } from 'i18next';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './assets.module.css';
import { type EditedField, type EditedValues, mergeEdit } from './merge-edit';

interface AssetConflictProps {
  base: EditedValues;
  theirs: EditedValues;
  mine: EditedValues;
  /** The values to go on with; nothing is saved yet. */
  onResolved: (values: EditedValues) => void;
  onClose: () => void;
}

type Side = 'theirs' | 'mine';

/** Somebody saved first: shows both versions of what differs and overwrites nothing by itself. */
export function AssetConflict({ base, theirs, mine, onResolved, onClose }: AssetConflictProps) {
  const { t } = useTranslation();
  const merge = mergeEdit(base, theirs, mine);
  const [chosen, setChosen] = useState<Partial<Record<EditedField, Side>>>({});
  const isDecided = merge.conflicts.every((field) => chosen[field]);
  const resolve = () => {
    const kept = merge.conflicts.filter((field) => chosen[field] === 'theirs');
    onResolved({ ...merge.values, ...Object.fromEntries(kept.map((field) => [field, theirs[field]])) });
  };
  return (
    <Modal opened onClose={onClose} title={t('assets.conflict.title')} size="lg">
      <Text mb="md">{t('assets.conflict.text')}</Text>
      <table className={classes.conflict}>
        <thead>
          <tr>
            <th scope="col">{t('assets.conflict.field')}</th>
            <th scope="col">{t('assets.conflict.theirs')}</th>
            <th scope="col">{t('assets.conflict.mine')}</th>
          </tr>
        </thead>
        <tbody>
          {merge.conflicts.map((field) => (
            <tr key={field}>
              <th scope="row">{fieldName(field, t)}</th>
              {(['theirs', 'mine'] as const).map((side) => (
                <td key={side}>
                  <Radio
                    name={field}
                    checked={chosen[field] === side}
                    onChange={() => setChosen({ ...chosen, [field]: side })}
                    label={valueText(field, side === 'theirs' ? theirs[field] : mine[field], t)}
                  />
                </td>
              ))}
            </tr>
          ))}
          {merge.taken.map((field) => (
            <tr key={field}>
              <th scope="row">{fieldName(field, t)}</th>
              <td>{valueText(field, theirs[field], t)}</td>
              <td className={classes.dim}>{t('assets.conflict.untouched')}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <Group justify="flex-end" mt="lg" gap="sm">
        <Button variant="default" onClick={onClose}>
          {t('common.action.back')}
        </Button>
        <Button disabled={!isDecided} title={isDecided ? undefined : t('assets.conflict.decide')} onClick={resolve}>
          {t('assets.conflict.continue')}
        </Button>
      </Group>
    </Modal>
  );
}

export function fieldName(field: EditedField, t: TFunction): string {
  if (field === 'name' || field === 'criticality' || field === 'state' || field === 'owner') {
    return t(`common.field.${field}`);
  }
  if (field === 'description' || field === 'tags') return t(`common.field.${field}`);
  return t(`assets.field.${field}`);
}

function valueText(field: EditedField, value: unknown, t: TFunction): string {
  if (Array.isArray(value)) return value.join(', ') || '—';
  if (typeof value === 'boolean') return t(value ? 'common.state.yes' : 'common.state.no');
  if (field === 'kind') return t(`assets.kind.${value as 'server'}`);
  if (field === 'criticality') return t(`common.criticality.${value as 'high'}`);
  if (field === 'state') return t(`assets.state.${value as 'active'}`);
  return (value as string | null) ?? '—';
}
