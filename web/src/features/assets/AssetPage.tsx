import { Button } from '@mantine/core';
import { IconPencil, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AssetDetail } from '@/api/model';
import { useOrganizationName } from '@/api/organizations';
import { useCan } from '@/api/permissions';
import { ConfirmDialog } from '@/ui/ConfirmDialog';
import { CopyButton } from '@/ui/CopyButton';
import { DetailHeader } from '@/ui/DetailHeader';
import { ErrorState } from '@/ui/ErrorState';
import { LoadingSkeleton } from '@/ui/LoadingSkeleton';
import { notifyDone } from '@/ui/notify';
import { PageFrame, PageScroll } from '@/ui/PageHeader';
import { Facts, Panel } from '@/ui/Panel';
import { RelativeTime } from '@/ui/RelativeTime';
import { Tag } from '@/ui/StageBadge';
import { AssetForm } from './AssetForm';
import { assetQuery, useDeleteAsset, useLiveAssets } from './api';
import { CriticalityLabel, KindLabel } from './asset-look';
import classes from './assets.module.css';
import { OpenTickets } from './OpenTickets';
import { Relations } from './Relations';

const route = getRouteApi('/shell/assets/$id');

export function AssetPage() {
  const { t } = useTranslation();
  const { id } = route.useParams();
  const asset = useQuery(assetQuery(id));
  useLiveAssets();
  return (
    <PageFrame>
      <DetailHeader
        back={<Link to="/assets">{t('assets.title')}</Link>}
        title={asset.data?.name ?? t('common.field.asset')}
        actions={asset.data && <AssetActions asset={asset.data} />}
      />
      <PageScroll>
        {asset.isPending && <LoadingSkeleton rows={12} />}
        {asset.error && <ErrorState error={asset.error} onRetry={() => void asset.refetch()} />}
        {asset.data && (
          <div className={classes.columns}>
            <AssetFacts asset={asset.data} />
            <div>
              <OpenTickets asset={asset.data} />
              <Relations asset={asset.data} />
            </div>
          </div>
        )}
      </PageScroll>
    </PageFrame>
  );
}

function AssetFacts({ asset }: { asset: AssetDetail }) {
  const { t } = useTranslation();
  const nameOf = useOrganizationName();
  return (
    <div>
      <Panel title={t('assets.section.what')}>
        <Facts
          items={[
            { label: t('assets.field.kind'), value: <KindLabel kind={asset.kind} /> },
            { label: t('common.field.criticality'), value: <CriticalityLabel criticality={asset.criticality} /> },
            { label: t('common.field.state'), value: t(`assets.state.${asset.state}`) },
            {
              label: t('assets.field.exposure'),
              value: t(asset.is_internet_facing ? 'assets.field.is_internet_facing' : 'assets.not_internet_facing'),
            },
            { label: t('common.field.description'), value: asset.description },
            { label: t('common.field.tags'), value: asset.tags.map((tag) => <Tag key={tag}>{tag}</Tag>) },
          ]}
        />
      </Panel>
      <Panel title={t('assets.section.where')}>
        <Facts
          items={[
            { label: t('assets.field.addresses'), value: <Copyable list={asset.addresses} /> },
            { label: t('assets.field.hostnames'), value: <Copyable list={asset.hostnames} /> },
          ]}
        />
      </Panel>
      <Panel title={t('assets.section.whose')}>
        <Facts
          items={[
            { label: t('common.field.owner'), value: asset.owner },
            { label: t('assets.field.department'), value: asset.department },
            { label: t('common.field.organization'), value: nameOf(asset.organization_id) },
            { label: t('common.field.created_at'), value: <RelativeTime at={asset.created_at} isLong /> },
            { label: t('common.field.updated_at'), value: <RelativeTime at={asset.updated_at} isLong /> },
          ]}
        />
      </Panel>
    </div>
  );
}

function Copyable({ list }: { list: readonly string[] }) {
  if (list.length === 0) return '—';
  return (
    <span className={classes.list}>
      {list.map((text) => (
        <span key={text} className={classes.chip}>
          <span className="mono">{text}</span>
          <CopyButton value={text} />
        </span>
      ))}
    </span>
  );
}

function AssetActions({ asset }: { asset: AssetDetail }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [overlay, setOverlay] = useState<'edit' | 'delete' | null>(null);
  const canWrite = useCan('assets:write', asset.organization_id);
  const blocked = canWrite ? undefined : t('common.no_permission', { permission: 'assets:write' });
  const remove = useDeleteAsset();
  const confirm = () =>
    remove.mutate(asset.id, {
      onSuccess: () => {
        notifyDone(t('assets.deleted', { name: asset.name }));
        void navigate({ to: '/assets' });
      },
    });
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconTrash size={15} aria-hidden />}
        disabled={!canWrite}
        title={blocked}
        onClick={() => setOverlay('delete')}
      >
        {t('common.action.delete')}
      </Button>
      <Button
        leftSection={<IconPencil size={15} aria-hidden />}
        disabled={!canWrite}
        title={blocked}
        onClick={() => setOverlay('edit')}
      >
        {t('common.action.edit')}
      </Button>
      {overlay === 'edit' && <AssetForm asset={asset} onClose={() => setOverlay(null)} />}
      <ConfirmDialog
        isOpen={overlay === 'delete'}
        title={t('assets.delete', { name: asset.name })}
        text={t('assets.delete_text')}
        confirmLabel={t('common.action.delete')}
        isDangerous
        isPending={remove.isPending}
        error={remove.error}
        onConfirm={confirm}
        onClose={() => setOverlay(null)}
      />
    </>
  );
}
