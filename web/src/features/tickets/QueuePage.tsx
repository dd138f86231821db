import { ActionIcon, Button, Tooltip } from '@mantine/core';
import { IconDownload, IconPlus } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useCallback, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, apiUrl } from '@/api/client';
import { keys } from '@/api/keys';
import type { TicketSummary } from '@/api/model';
import { useOrganizationOptions } from '@/api/organizations';
import { useCan, useMe } from '@/api/permissions';
import { formatCount } from '@/lib/numbers';
import { parseSearch } from '@/lib/search-params';
import { useKeys } from '@/lib/use-keys';
import { DataTable, type DataTableHandle } from '@/ui/DataTable';
import { EmptyState } from '@/ui/EmptyState';
import { NewPill } from '@/ui/NewPill';
import { PageFrame, PageHeader } from '@/ui/PageHeader';
import { toQuery, viewsQuery } from './api';
import { BulkBar } from './queue/BulkBar';
import { ColumnsMenu } from './queue/ColumnsMenu';
import {
  type ColumnId,
  DEFAULT_COLUMNS,
  MIXED_COLUMNS,
  makeColumns,
  NARROW_COLUMNS,
  readColumns,
  TicketCard,
} from './queue/columns';
import { NewTicketDrawer } from './queue/NewTicketDrawer';
import { Peek } from './queue/Peek';
import { QueueFilters } from './queue/QueueFilters';
import classes from './queue/QueuePage.module.css';
import { useActiveRow } from './queue/use-active-row';
import { useDialog } from './queue/use-dialog';
import { useQueue } from './queue/use-queue';
import { useSelection } from './queue/use-selection';
import { ViewTabs } from './queue/ViewTabs';
import { effectiveSearch, parseTicketsSearch, type TicketsSearch } from './search';

const route = getRouteApi('/shell/tickets');

export function QueuePage() {
  const { t, i18n } = useTranslation();
  const { filters, isNew, change, replace } = useFilters();
  const queue = useQueue(filters);
  const selection = useSelection(queue.rows);
  const table = useRef<DataTableHandle>(null);
  const searchField = useRef<HTMLInputElement>(null);
  const active = useActiveRow(queue.rows, table);
  const [isPeeking, setIsPeeking] = useState(false);
  const { dialog, actions, show } = useDialog(selection.clear);
  const navigate = useNavigate();
  const me = useMe();

  const targets = selection.tickets.length > 0 ? selection.tickets : active.row ? [active.row] : [];
  const onTargets = (run: () => void) => () => targets.length > 0 && run();
  const claim = onTargets(() => {
    const [only] = targets;
    if (targets.length === 1 && only) void actions.claim(only);
    else
      void actions.bulk(
        targets.map(({ id }) => id),
        { assignee_id: me?.user.id ?? null, stage: 'in_progress' },
      );
  });
  const assign = onTargets(() => show('assign', targets));
  const verdict = onTargets(() => show('verdict', targets));
  const merge = () => selection.tickets.length > 1 && show('merge', selection.tickets);
  // What no longer shows must not be acted on.
  const refilter = (go: () => void) => {
    selection.clear();
    go();
  };
  const showNew = () => {
    if (queue.newIds.length === 0) return;
    void queue.showNew().then(() => table.current?.scrollToIndex(0));
  };
  const open = () => active.row && void navigate({ to: '/tickets/$id', params: { id: active.row.id } });

  useKeys({
    j: () => active.move(1),
    k: () => active.move(-1),
    ArrowDown: () => active.move(1),
    ArrowUp: () => active.move(-1),
    PageDown: () => active.movePage(1),
    PageUp: () => active.movePage(-1),
    Home: () => active.move(-Number.MAX_SAFE_INTEGER),
    End: () => active.move(Number.MAX_SAFE_INTEGER),
    Enter: open,
    ' ': () => active.row && setIsPeeking(!isPeeking),
    c: claim,
    a: assign,
    v: verdict,
    m: merge,
    x: () => active.row && selection.toggle(active.row),
    X: () => active.row && selection.selectTo(active.row),
    u: actions.undo,
    '/': () => searchField.current?.focus(),
    Escape: () => (isPeeking ? setIsPeeking(false) : selection.clear()),
  });

  const [columnIds, setColumnIds] = useColumnChoice(filters.organization_id);
  const shownIds = useShownColumns(columnIds, isPeeking && active.row !== undefined);
  const { toggle, selectTo } = selection;
  const columns = useMemo(
    () =>
      makeColumns(shownIds, {
        t,
        locale: i18n.language,
        organizations: me?.organizations ?? [],
        onToggle: (row, isRange) => (isRange ? selectTo(row) : toggle(row)),
        onFollow: (id) => void navigate({ to: '/tickets/$id', params: { id } }),
      }),
    [shownIds, t, i18n.language, me?.organizations, toggle, selectTo, navigate],
  );
  const organizations = useOrganizationOptions();
  const isMixed = organizations.length > 1 && !filters.organization_id;
  const card = useCallback(
    (row: TicketSummary) => {
      const organization = isMixed && organizations.find(({ value }) => value === row.organization_id);
      return <TicketCard row={row} organization={organization ? organization.label : undefined} />;
    },
    [isMixed, organizations],
  );
  const peeked = isPeeking ? active.row : undefined;
  const { fetchNextPage } = queue.query;

  return (
    <PageFrame>
      <PageHeader
        title={t('tickets.title')}
        meta={
          queue.count && (
            <span className={classes.count}>
              {t('tickets.count', { count: queue.count.count, text: formatCount(queue.count, i18n.language) })}
            </span>
          )
        }
        actions={<HeaderActions filters={filters} onNew={() => change({ new: '1' })} />}
      />
      <QueueFilters
        filters={filters}
        onChange={(part) => refilter(() => change(part))}
        onClear={() => refilter(() => replace({ sort: filters.sort }))}
        searchRef={searchField}
        end={
          <>
            <ViewTabs filters={filters} onPick={(search) => refilter(() => replace(search))} />
            <span className={classes.wide}>
              <ColumnsMenu chosen={columnIds} onChange={setColumnIds} />
            </span>
          </>
        }
      />
      <div className={classes.body}>
        <div className={classes.list} data-selecting={selection.tickets.length > 0 || undefined}>
          {selection.tickets.length > 0 && (
            <BulkBar
              tickets={selection.tickets}
              onClaim={claim}
              onAssign={assign}
              onVerdict={verdict}
              onMerge={merge}
              onChange={(bulk) =>
                void actions.bulk(
                  targets.map(({ id }) => id),
                  bulk,
                )
              }
              onClear={selection.clear}
            />
          )}
          <NewPill
            count={queue.newIds.length}
            label={t('tickets.show_new', { count: queue.newIds.length })}
            announcement={t('tickets.new_waiting', { count: queue.newIds.length })}
            onShow={showNew}
          />
          <DataTable
            ref={table}
            label={t('tickets.title')}
            columns={columns}
            rows={queue.rows}
            getRowId={rowId}
            isLoading={queue.query.isPending}
            error={queue.query.error}
            onRetry={() => void queue.query.refetch()}
            empty={<EmptyQueue onShowAll={() => replace({ sort: '-created_at' })} />}
            sort={filters.sort}
            onSort={(sort) => change({ sort })}
            onOpen={(row) => {
              active.activate(row);
              setIsPeeking(true);
            }}
            activeId={active.id}
            selectedIds={selection.ids}
            freshIds={queue.freshIds}
            hasMore={queue.query.hasNextPage}
            isLoadingMore={queue.query.isFetchingNextPage}
            onLoadMore={useCallback(() => void fetchNextPage(), [fetchNextPage])}
            totalCount={queue.count?.is_exact ? queue.count.count + 1 : undefined}
            card={card}
            minWidth={peeked ? 720 : 900}
          />
        </div>
        {peeked && (
          <Peek
            row={peeked}
            onClaim={claim}
            onAssign={assign}
            onVerdict={verdict}
            onClose={() => setIsPeeking(false)}
          />
        )}
      </div>
      {dialog}
      {isNew && <NewTicketDrawer organizationId={filters.organization_id} onClose={() => change({ new: undefined })} />}
    </PageFrame>
  );
}

const rowId = (row: { id: string }) => row.id;

/** The address is the state: a change writes every filter out, so that the link says all. */
function useFilters() {
  const search = route.useSearch();
  const navigate = useNavigate();
  const views = useQuery(viewsQuery).data;
  const preferred = views?.find((view) => view.is_default)?.query;
  const filters = useMemo(
    () => effectiveSearch(search, preferred ? parseTicketsSearch(parseSearch(preferred)) : undefined),
    [search, preferred],
  );
  const go = (next: TicketsSearch) => void navigate({ to: '/tickets', search: next, replace: true });
  const isOnlyNew = (part: Partial<TicketsSearch>) => Object.keys(part).every((key) => key === 'new');
  return {
    filters,
    isNew: search.new === '1',
    change: (part: Partial<TicketsSearch>) => go(isOnlyNew(part) ? { ...search, ...part } : { ...filters, ...part }),
    replace: (next: TicketsSearch) => go({ ...next, organization_id: filters.organization_id }),
  };
}

/** Whoever looks at several organizations at once sees which one a ticket is of, unless they chose columns themselves. */
function useColumnChoice(organizationId: string | undefined): [ColumnId[], (columns: ColumnId[]) => void] {
  const queryClient = useQueryClient();
  const me = useMe();
  const isMixed = !organizationId && (me?.organizations.length ?? 0) > 1;
  const [own, setChosen] = useState<ColumnId[] | undefined>(() => readColumns(me?.user.preferences.queue_columns));
  const chosen = own ?? (isMixed ? MIXED_COLUMNS : DEFAULT_COLUMNS);
  const save = useMutation({
    mutationFn: (queue_columns: string[]) => api('PATCH /session/preferences', { body: { queue_columns } }),
    onSuccess: (me) => queryClient.setQueryData(keys.session, me),
  });
  const choose = (columns: ColumnId[]) => {
    setChosen(columns);
    save.mutate(columns);
  };
  return [chosen, choose];
}

/** Beside an open ticket there is room for what tells rows apart; the rest is in the panel. */
function useShownColumns(chosen: ColumnId[], isNarrow: boolean): ColumnId[] {
  return useMemo(() => (isNarrow ? chosen.filter((id) => NARROW_COLUMNS.has(id)) : chosen), [chosen, isNarrow]);
}

function HeaderActions({ filters, onNew }: { filters: TicketsSearch; onNew: () => void }) {
  const { t } = useTranslation();
  const canCreate = useCan('tickets:create');
  const canExport = useCan('tickets:export');
  const exportLabel = canExport ? t('tickets.export') : t('common.no_permission', { permission: 'tickets:export' });
  return (
    <>
      <Tooltip label={exportLabel}>
        {canExport ? (
          <ActionIcon
            component="a"
            href={apiUrl('/tickets/export.csv', toQuery(filters))}
            download
            aria-label={exportLabel}
          >
            <IconDownload size={17} stroke={1.5} aria-hidden />
          </ActionIcon>
        ) : (
          <ActionIcon data-disabled aria-disabled aria-label={exportLabel}>
            <IconDownload size={17} stroke={1.5} aria-hidden />
          </ActionIcon>
        )}
      </Tooltip>
      <Button
        className={classes.create}
        leftSection={<IconPlus size={15} aria-hidden />}
        aria-label={t('tickets.new.title')}
        disabled={!canCreate}
        title={canCreate ? undefined : t('common.no_permission', { permission: 'tickets:create' })}
        onClick={onNew}
      >
        <span className={classes.wide}>{t('tickets.new.title')}</span>
      </Button>
    </>
  );
}

function EmptyQueue({ onShowAll }: { onShowAll: () => void }) {
  const { t } = useTranslation();
  return (
    <EmptyState
      title={t('tickets.empty.title')}
      text={t('tickets.empty.text')}
      action={
        <Button variant="default" mt="sm" onClick={onShowAll}>
          {t('tickets.empty.show_all')}
        </Button>
      }
    />
  );
}
