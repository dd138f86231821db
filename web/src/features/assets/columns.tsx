import { IconWorld } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { TFunction } from 'i18next';
import type { Asset } from '@/api/model';
import { Clip } from '@/ui/Clip';
import type { Column } from '@/ui/DataTable';
import { RelativeTime } from '@/ui/RelativeTime';
import { Tag } from '@/ui/StageBadge';
import { CriticalityLabel, KindIcon, KindLabel } from './asset-look';
import classes from './assets.module.css';

export function makeColumns(t: TFunction, nameOf: (id: string) => string): Column<Asset>[] {
  return [
    {
      id: 'name',
      header: t('common.field.name'),
      width: 'minmax(200px, 2fr)',
      sortKey: 'name',
      cell: (asset) => <NameCell asset={asset} exposedText={t('assets.field.is_internet_facing')} />,
    },
    {
      id: 'criticality',
      header: t('common.field.criticality'),
      width: '116px',
      sortKey: 'criticality',
      cell: (asset) => <CriticalityLabel criticality={asset.criticality} />,
    },
    {
      id: 'kind',
      header: t('assets.field.kind'),
      width: '144px',
      cell: (asset) => <KindLabel kind={asset.kind} />,
    },
    {
      id: 'addresses',
      header: t('assets.field.addresses'),
      width: 'minmax(150px, 1.2fr)',
      cell: (asset) => <FirstOf list={asset.addresses} />,
    },
    {
      id: 'owner',
      header: t('common.field.owner'),
      width: 'minmax(110px, 1fr)',
      cell: (asset) => <Clip text={asset.owner} />,
    },
    {
      id: 'department',
      header: t('assets.field.department'),
      width: 'minmax(110px, 1fr)',
      cell: (asset) => <Clip text={asset.department} isDim />,
    },
    {
      id: 'organization',
      header: t('common.field.organization'),
      width: 'minmax(120px, 1fr)',
      cell: (asset) => <Clip text={nameOf(asset.organization_id)} isDim />,
    },
    {
      id: 'state',
      header: t('common.field.state'),
      width: '96px',
      cell: (asset) => <span className={stateClass(asset)}>{t(`assets.state.${asset.state}`)}</span>,
    },
    {
      id: 'updated_at',
      header: t('assets.field.updated'),
      width: '112px',
      align: 'end',
      sortKey: 'updated_at',
      cell: (asset) => <RelativeTime at={asset.updated_at} />,
    },
  ];
}

const stateClass = (asset: Asset) => (asset.state === 'active' ? undefined : classes.dim);

function NameCell({ asset, exposedText }: { asset: Asset; exposedText: string }) {
  return (
    <span className={classes.name}>
      <Link
        to="/assets/$id"
        params={{ id: asset.id }}
        className={`${classes.nameLink} truncate`}
        title={asset.name}
        onClick={(event) => event.stopPropagation()}
      >
        {asset.name}
      </Link>
      {asset.is_internet_facing && (
        <IconWorld size={15} stroke={1.5} className={classes.exposed} role="img" aria-label={exposedText}>
          <title>{exposedText}</title>
        </IconWorld>
      )}
    </span>
  );
}

/** The first one, and how many more there are. */
function FirstOf({ list }: { list: readonly string[] }) {
  if (list.length === 0) return null;
  return (
    <span className={classes.name} title={list.join('\n')}>
      <span className="mono truncate">{list[0]}</span>
      {list.length > 1 && <Tag>{`+${list.length - 1}`}</Tag>}
    </span>
  );
}

export function AssetCardRow({ asset, nameOf }: { asset: Asset; nameOf: (id: string) => string }) {
  return (
    <div className={classes.card}>
      <KindIcon kind={asset.kind} size={18} />
      <span className={`${classes.nameLink} truncate`}>{asset.name}</span>
      <CriticalityLabel criticality={asset.criticality} />
      <span className={classes.cardMeta}>
        <FirstOf list={asset.addresses} />
        <span className="truncate">{asset.owner ?? asset.department}</span>
        <span className="truncate">{nameOf(asset.organization_id)}</span>
      </span>
    </div>
  );
}
