import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Alert } from '@/api/model';
import { useOrganizationOptions } from '@/api/organizations';
import { useCan } from '@/api/permissions';
import { sourcesQuery } from '@/api/sources';
import { EmptyState } from '@/ui/EmptyState';
import { FilterBar, type FilterDefinition } from '@/ui/FilterBar';
import { ListTable } from '@/ui/ListTable';
import { NewPill } from '@/ui/NewPill';
import { PageFrame, PageHeader } from '@/ui/PageHeader';
import { SearchField } from '@/ui/SearchField';
import { SeverityBadge } from '@/ui/SeverityBadge';
import { SplitView } from '@/ui/SidePanel';
import { AlertPanel } from './AlertPanel';
import { AlertStateBadge } from './AlertState';
import { AlertTabs } from './AlertTabs';
import { AlertCard, makeColumns } from './columns';
import type { AlertsSearch } from './search';
import { useAlertList } from './use-alert-list';

const route = getRouteApi('/shell/alerts');
const rowId = (row: Alert) => row.id;
const renderCard = (row: Alert) => <AlertCard row={row} />;

export function AlertsPage() {
  const { t, i18n } = useTranslation();
  const { open, ...filters } = route.useSearch();
  const change = useSearchChange();
  const list = useAlertList(filters);
  const isNarrow = open !== undefined;
  const organizations = useOrganizationOptions();
  const columns = useMemo(() => {
    const names = new Map(organizations.map(({ value, label }) => [value, label]));
    const nameOf = names.size > 1 && !filters.organization_id ? (id: string) => names.get(id) ?? '—' : undefined;
    return makeColumns(t, i18n.language, isNarrow, nameOf);
  }, [t, i18n.language, isNarrow, organizations, filters.organization_id]);
  const { fetchNextPage } = list.query;
  return (
    <PageFrame>
      <PageHeader title={<AlertTabs />} />
      <AlertFilters filters={filters} onChange={change} />
      <SplitView
        panel={
          open && (
            <AlertPanel
              id={open}
              onChanged={() => void list.patchAlert(open)}
              onClose={() => change({ open: undefined })}
            />
          )
        }
      >
        <NewPill
          count={list.newCount}
          label={t('alerts.new_rows', { count: list.newCount })}
          onShow={() => void list.showNew()}
        />
        <ListTable
          label={t('alerts.title')}
          columns={columns}
          rows={list.rows}
          getRowId={rowId}
          isLoading={list.query.isPending}
          error={list.query.error}
          onRetry={() => void list.query.refetch()}
          empty={<EmptyState title={t('alerts.empty.title')} text={t('alerts.empty.text')} />}
          openId={open}
          onOpen={(row) => change({ open: row.id })}
          hasMore={list.query.hasNextPage}
          isLoadingMore={list.query.isFetchingNextPage}
          onLoadMore={useCallback(() => void fetchNextPage(), [fetchNextPage])}
          card={renderCard}
          minWidth={isNarrow ? 720 : 1120}
        />
      </SplitView>
    </PageFrame>
  );
}

function useSearchChange() {
  const navigate = useNavigate({ from: '/alerts' });
  return (change: Partial<AlertsSearch>) =>
    void navigate({ search: (current) => ({ ...current, ...change }), replace: true });
}

interface AlertFiltersProps {
  filters: AlertsSearch;
  onChange: (change: Partial<AlertsSearch>) => void;
}

function AlertFilters({ filters, onChange }: AlertFiltersProps) {
  const { t } = useTranslation();
  const definitions = useDefinitions();
  const clear = () => onChange(Object.fromEntries(definitions.map(({ name }) => [name, undefined])));
  return (
    <FilterBar
      definitions={definitions}
      values={filters}
      onChange={(name, value) => onChange({ [name]: value })}
      onClear={clear}
    >
      <SearchField label={t('alerts.search')} value={filters.q} onChange={(q) => onChange({ q })} />
    </FilterBar>
  );
}

const LEVELS = ['critical', 'high', 'medium', 'low', 'informational'] as const;
const STATES = ['new', 'acknowledged', 'suppressed', 'closed'] as const;

function useDefinitions(): FilterDefinition[] {
  const { t } = useTranslation();
  const canReadSources = useCan('sources:read');
  const sources = useQuery({ ...sourcesQuery, enabled: canReadSources }).data;
  return useMemo(
    () => [
      {
        name: 'severity',
        label: t('common.field.severity'),
        options: LEVELS.map((level) => ({
          value: level,
          label: <SeverityBadge level={level} />,
          text: t(`common.level.${level}`),
        })),
      },
      {
        name: 'state',
        label: t('common.field.state'),
        options: STATES.map((state) => ({
          value: state,
          label: <AlertStateBadge state={state} />,
          text: t(`alerts.state.${state}`),
        })),
      },
      ...(sources
        ? [
            {
              name: 'source_id',
              label: t('alerts.column.source'),
              isSingle: true,
              options: sources.map(({ id, name }) => ({ value: id, label: name })),
            },
          ]
        : []),
      { name: 'rule_id', label: t('alerts.detail.rule_id'), placeholder: 'PH_RULE_…' },
      { name: 'ip', label: t('alerts.filter.ip'), placeholder: '203.0.113.7' },
      { name: 'from', label: t('alerts.filter.from'), inputType: 'date' as const },
      { name: 'to', label: t('alerts.filter.to'), inputType: 'date' as const },
    ],
    [t, sources],
  );
}
