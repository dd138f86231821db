import { ActionIcon, Button, Select, Tooltip } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconX } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AssetDetail, AssetRelation, RelationKind } from '@/api/model';
import { useCan } from '@/api/permissions';
import { errorText } from '@/ui/error-text';
import { notifyFailed } from '@/ui/notify';
import { Panel } from '@/ui/Panel';
import { SeverityGlyph } from '@/ui/SeverityBadge';
import { assetChoicesQuery, useAddRelation, useRemoveRelation } from './api';
import classes from './assets.module.css';

const KINDS = ['depends_on', 'runs_on', 'connects_to', 'part_of'] as const satisfies readonly RelationKind[];

export function Relations({ asset }: { asset: AssetDetail }) {
  const { t } = useTranslation();
  const canWrite = useCan('assets:write', asset.organization_id);
  const remove = useRemoveRelation(asset.id);
  return (
    <Panel title={t('assets.relations.title')} isFlush>
      <ul className={classes.rows}>
        {asset.relations.map((relation) => (
          <RelationRow
            key={relation.id}
            relation={relation}
            canWrite={canWrite}
            onRemove={() => remove.mutate(relation.id, { onError: (error) => notifyFailed(errorText(error, t)) })}
          />
        ))}
        {asset.relations.length === 0 && (
          <li className={`${classes.rowItem} ${classes.dim}`}>{t('assets.relations.empty')}</li>
        )}
      </ul>
      {canWrite && <AddRelation asset={asset} />}
    </Panel>
  );
}

interface RelationRowProps {
  relation: AssetRelation;
  canWrite: boolean;
  onRemove: () => void;
}

function RelationRow({ relation, canWrite, onRemove }: RelationRowProps) {
  const { t } = useTranslation();
  const direction = relation.direction ?? 'outgoing';
  const label = t('assets.relations.remove', { name: relation.asset.name });
  return (
    <li className={classes.rowItem}>
      <span className={classes.relationKind}>{t(`assets.relations.${direction}.${relation.kind}`)}</span>
      <SeverityGlyph level={relation.asset.criticality} size={14} />
      <Link
        to="/assets/$id"
        params={{ id: relation.asset.id }}
        className={`${classes.grow} truncate`}
        title={relation.asset.name}
      >
        {relation.asset.name}
      </Link>
      <Tooltip label={canWrite ? label : t('common.no_permission', { permission: 'assets:write' })}>
        <ActionIcon aria-label={label} disabled={!canWrite} onClick={onRemove}>
          <IconX size={15} aria-hidden />
        </ActionIcon>
      </Tooltip>
    </li>
  );
}

function AddRelation({ asset }: { asset: AssetDetail }) {
  const { t } = useTranslation();
  const [kind, setKind] = useState<RelationKind>('depends_on');
  const [other, setOther] = useState<string | null>(null);
  const [text, setText] = useState('');
  const [q] = useDebouncedValue(text, 250);
  const add = useAddRelation(asset.id);
  const choices = useQuery({
    ...assetChoicesQuery(asset.organization_id, q),
    placeholderData: keepPreviousData,
  });
  const options = (choices.data ?? [])
    .filter(({ id }) => id !== asset.id)
    .map(({ id, name }) => ({ value: id, label: name }));
  const submit = (event: React.FormEvent) => {
    event.preventDefault();
    if (!other) return;
    add.mutate(
      { kind, asset_id: other },
      { onSuccess: () => setOther(null), onError: (error) => notifyFailed(errorText(error, t)) },
    );
  };
  return (
    <form className={classes.addRelation} onSubmit={submit}>
      <Select
        size="xs"
        aria-label={t('assets.relations.kind')}
        allowDeselect={false}
        value={kind}
        data={KINDS.map((value) => ({ value, label: t(`assets.relations.outgoing.${value}`) }))}
        onChange={(value) => setKind(value as RelationKind)}
      />
      <Select
        size="xs"
        aria-label={t('assets.relations.other')}
        placeholder={t('assets.relations.other')}
        searchable
        clearable
        nothingFoundMessage={t('common.state.empty')}
        filter={({ options: all }) => all}
        searchValue={text}
        onSearchChange={setText}
        value={other}
        data={options}
        onChange={setOther}
      />
      <Button size="xs" variant="default" type="submit" disabled={!other} loading={add.isPending}>
        {t('common.action.add')}
      </Button>
    </form>
  );
}
