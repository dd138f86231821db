import { Button } from '@mantine/core';
import { IconDownload, IconPlus, IconUpload } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useCallback, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { apiUrl } from '@/api/client';
import type { Asset } from '@/api/model';
import { useOrganizationName } from '@/api/organizations';
import { useCan } from '@/api/permissions';
import { EmptyState } from '@/ui/EmptyState';
import { FilterBar, type FilterDefinition } from '@/ui/FilterBar';
import { ListTable } from '@/ui/ListTable';
import { PageFrame, PageHeader } from '@/ui/PageHeader';
import { SearchField } from '@/ui/SearchField';
import { AddressLookup } from './AddressLookup';
import { AssetForm } from './AssetForm';
import { assetsQuery, useLiveAssets } from './api';
import { CRITICALITIES, CriticalityLabel, KINDS, KindLabel, STATES } from './asset-look';
import { AssetCardRow, makeColumns } from './columns';
import { ImportDrawer } from './ImportDrawer';
import type { AssetsSearch } from './search';

const route = getRouteApi('/shell/assets');
const rowId = (asset: Asset) => asset.id;
type Overlay = 'new' | 'import' | null;

export function AssetsPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const filters = route.useSearch();
  const change = useSearchChange();
  const [overlay, setOverlay] = useState<Overlay>(null);
  const nameOf = useOrganizationName();
  const query = useInfiniteQuery(assetsQuery(filters));
  useLiveAssets();
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  const { fetchNextPage } = query;
  return (
    <PageFrame>
      <PageHeader title={t('assets.title')} actions={<HeaderActions filters={filters} onShow={setOverlay} />} />
      <AssetFilters filters={filters} onChange={change} />
      <ListTable
        label={t('assets.title')}
        columns={makeColumns(t, nameOf)}
        rows={rows}
        getRowId={rowId}
        isLoading={query.isPending}
        error={query.error}
        onRetry={() => void query.refetch()}
        empty={<NoAssets onShow={setOverlay} />}
        sort={filters.sort ?? 'name'}
        onSort={(sort) => change({ sort })}
        onOpen={(asset) => void navigate({ to: '/assets/$id', params: { id: asset.id } })}
        hasMore={query.hasNextPage}
        isLoadingMore={query.isFetchingNextPage}
        onLoadMore={useCallback(() => void fetchNextPage(), [fetchNextPage])}
        card={(asset) => <AssetCardRow asset={asset} nameOf={nameOf} />}
        cardHeight={76}
        minWidth={1080}
      />
      {overlay === 'new' && (
        <AssetForm
          asset={null}
          organizationId={filters.organization_id}
          onSaved={(asset) => void navigate({ to: '/assets/$id', params: { id: asset.id } })}
          onClose={() => setOverlay(null)}
        />
      )}
      {overlay === 'import' && (
        <ImportDrawer organizationId={filters.organization_id} onClose={() => setOverlay(null)} />
      )}
    </PageFrame>
  );
}

function useSearchChange() {
  const navigate = useNavigate({ from: '/assets' });
  return (change: Partial<AssetsSearch>) =>
    void navigate({ search: (current) => ({ ...current, ...change }), replace: true });
}

interface HeaderActionsProps {
  filters: AssetsSearch;
  onShow: (overlay: Overlay) => void;
}

function HeaderActions({ filters, onShow }: HeaderActionsProps) {
  const { t } = useTranslation();
  const canWrite = useCan('assets:write');
  const canImport = useCan('assets:import');
  const canExport = useCan('assets:export');
  const lacking = (isAllowed: boolean, permission: string) =>
    isAllowed ? undefined : t('common.no_permission', { permission });
  return (
    <>
      <AddressLookup organizationId={filters.organization_id} />
      {canExport ? (
        <Button
          component="a"
          href={apiUrl('/assets/export.csv', filters)}
          download
          variant="default"
          visibleFrom="sm"
          leftSection={<IconDownload size={15} aria-hidden />}
        >
          {t('assets.export')}
        </Button>
      ) : (
        <Button variant="default" visibleFrom="sm" disabled title={lacking(false, 'assets:export')}>
          {t('assets.export')}
        </Button>
      )}
      <Button
        variant="default"
        visibleFrom="sm"
        leftSection={<IconUpload size={15} aria-hidden />}
        disabled={!canImport}
        title={lacking(canImport, 'assets:import')}
        onClick={() => onShow('import')}
      >
        {t('assets.import.open')}
      </Button>
      <Button
        leftSection={<IconPlus size={15} aria-hidden />}
        disabled={!canWrite}
        title={lacking(canWrite, 'assets:write')}
        onClick={() => onShow('new')}
      >
        {t('assets.new')}
      </Button>
    </>
  );
}

function NoAssets({ onShow }: { onShow: (overlay: Overlay) => void }) {
  const { t } = useTranslation();
  const canImport = useCan('assets:import');
  return (
    <EmptyState
      title={t('assets.empty.title')}
      text={t('assets.empty.text')}
      action={
        canImport ? (
          <Button variant="default" mt="sm" onClick={() => onShow('import')}>
            {t('assets.import.open')}
          </Button>
        ) : undefined
      }
    />
  );
}

interface AssetFiltersProps {
  filters: AssetsSearch;
  onChange: (change: Partial<AssetsSearch>) => void;
}

function AssetFilters({ filters, onChange }: AssetFiltersProps) {
  const { t } = useTranslation();
  const definitions = useMemo<FilterDefinition[]>(
    () => [
      {
        name: 'kind',
        label: t('assets.field.kind'),
        options: KINDS.map((kind) => ({
          value: kind,
          label: <KindLabel kind={kind} />,
          text: t(`assets.kind.${kind}`),
        })),
      },
      {
        name: 'criticality',
        label: t('common.field.criticality'),
        options: CRITICALITIES.map((value) => ({
          value,
          label: <CriticalityLabel criticality={value} />,
          text: t(`common.criticality.${value}`),
        })),
      },
      {
        name: 'state',
        label: t('common.field.state'),
        options: STATES.map((value) => ({ value, label: t(`assets.state.${value}`) })),
      },
      { name: 'tag', label: t('assets.field.tag') },
      { name: 'address', label: t('assets.field.address'), placeholder: '10.0.4.0/24' },
    ],
    [t],
  );
  const clear = () => onChange(Object.fromEntries(definitions.map(({ name }) => [name, undefined])));
  return (
    <FilterBar
      definitions={definitions}
      values={filters}
      onChange={(name, value) => onChange({ [name]: value })}
      onClear={clear}
    >
      <SearchField label={t('assets.search')} value={filters.q} onChange={(q) => onChange({ q })} />
    </FilterBar>
  );
}
