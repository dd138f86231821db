import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import type { TFunction } from 'i18next';
import { useCallback, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { QuarantineItem } from '@/api/model';
import { useCan } from '@/api/permissions';
import { sourcesQuery } from '@/api/sources';
import { formatBytes } from '@/lib/numbers';
import { Clip } from '@/ui/Clip';
import type { Column } from '@/ui/DataTable';
import { EmptyState } from '@/ui/EmptyState';
import { FilterBar, type FilterDefinition } from '@/ui/FilterBar';
import { ListTable } from '@/ui/ListTable';
import { PageFrame, PageHeader } from '@/ui/PageHeader';
import { RelativeTime } from '@/ui/RelativeTime';
import { quarantineQuery, useLiveQuarantine } from './api';
import classes from './quarantine.module.css';
import { positionText, QuarantineState, reasonText } from './quarantine-look';

const route = getRouteApi('/shell/quarantine');
const rowId = (item: QuarantineItem) => item.id;

export function QuarantinePage() {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate({ from: '/quarantine' });
  const filters = route.useSearch();
  const query = useInfiniteQuery(quarantineQuery(filters));
  useLiveQuarantine();
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  const columns = useMemo(() => makeColumns(t, i18n.language), [t, i18n.language]);
  const definitions = useDefinitions();
  const { fetchNextPage } = query;
  return (
    <PageFrame>
      <PageHeader title={t('quarantine.title')} meta={t('quarantine.subtitle')} />
      <FilterBar
        definitions={definitions}
        values={filters}
        onChange={(name, value) =>
          void navigate({ search: (current) => ({ ...current, [name]: value }), replace: true })
        }
      />
      <ListTable
        label={t('quarantine.title')}
        columns={columns}
        rows={rows}
        getRowId={rowId}
        isLoading={query.isPending}
        error={query.error}
        onRetry={() => void query.refetch()}
        empty={<EmptyState title={t('quarantine.empty.title')} text={t('quarantine.empty.text')} />}
        onOpen={(item) => void navigate({ to: '/quarantine/$id', params: { id: item.id } })}
        hasMore={query.hasNextPage}
        isLoadingMore={query.isFetchingNextPage}
        onLoadMore={useCallback(() => void fetchNextPage(), [fetchNextPage])}
        card={(item) => <QuarantineCard item={item} />}
        cardHeight={92}
        minWidth={860}
      />
    </PageFrame>
  );
}

function makeColumns(t: TFunction, locale: string): Column<QuarantineItem>[] {
  return [
    {
      id: 'state',
      header: t('common.field.state'),
      width: '136px',
      cell: (item) => <QuarantineState state={item.state} />,
    },
    {
      id: 'reason',
      header: t('common.field.reason'),
      width: 'minmax(260px, 2.4fr)',
      cell: (item) => <Clip text={reasonText(item, t)} />,
    },
    {
      id: 'position',
      header: t('quarantine.column.position'),
      width: 'minmax(150px, 1fr)',
      cell: (item) => positionText(item, t),
    },
    {
      id: 'source',
      header: t('quarantine.column.source'),
      width: 'minmax(150px, 1.2fr)',
      cell: (item) => <Clip text={item.source_name} isDim />,
    },
    {
      id: 'size',
      header: t('quarantine.column.size'),
      width: '92px',
      align: 'end',
      cell: (item) => formatBytes(item.size_bytes, locale),
    },
    {
      id: 'received_at',
      header: t('quarantine.column.received'),
      width: '104px',
      align: 'end',
      cell: (item) => <RelativeTime at={item.received_at} />,
    },
  ];
}

function QuarantineCard({ item }: { item: QuarantineItem }) {
  const { t } = useTranslation();
  return (
    <div className={classes.card}>
      <QuarantineState state={item.state} />
      <RelativeTime at={item.received_at} />
      <span className={classes.cardTitle}>{reasonText(item, t)}</span>
      <span className={`${classes.dim} truncate`}>{item.source_name}</span>
    </div>
  );
}

const STATES = ['held', 'replayed', 'discarded'] as const;

function useDefinitions(): FilterDefinition[] {
  const { t } = useTranslation();
  const canReadSources = useCan('sources:read');
  const sources = useQuery({ ...sourcesQuery, enabled: canReadSources }).data;
  return useMemo(
    () => [
      {
        name: 'state',
        label: t('common.field.state'),
        isSingle: true,
        options: STATES.map((state) => ({
          value: state,
          label: <QuarantineState state={state} />,
          text: t(`quarantine.state.${state}`),
        })),
      },
      {
        name: 'source_id',
        label: t('quarantine.column.source'),
        isSingle: true,
        options: (sources ?? []).map(({ id, name }) => ({ value: id, label: name })),
      },
    ],
    [t, sources],
  );
}
