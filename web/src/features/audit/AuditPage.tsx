import { IconPlugConnected, IconRobot, IconSettings, IconUser } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import type { TFunction } from 'i18next';
import { useCallback, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { ActorKind, AuditRecord } from '@/api/model';
import { useOrganizationName } from '@/api/organizations';
import { formatNumber } from '@/lib/numbers';
import { Clip } from '@/ui/Clip';
import type { Column } from '@/ui/DataTable';
import { EmptyState } from '@/ui/EmptyState';
import { FilterBar, type FilterDefinition } from '@/ui/FilterBar';
import { ListTable } from '@/ui/ListTable';
import { PageFrame, PageHeader } from '@/ui/PageHeader';
import { RelativeTime } from '@/ui/RelativeTime';
import { SearchField } from '@/ui/SearchField';
import { SplitView } from '@/ui/SidePanel';
import { AuditDetail } from './AuditDetail';
import { auditQuery, checkpointQuery } from './api';
import classes from './audit.module.css';
import { FollowersBanner } from './FollowersBanner';
import type { AuditSearch } from './search';
import { ACTIONS, actionName, deedText } from './sentence';

const route = getRouteApi('/shell/audit');
const rowId = (record: AuditRecord) => record.id;

export function AuditPage() {
  const { t, i18n } = useTranslation();
  const { open, ...filters } = route.useSearch();
  const navigate = useNavigate({ from: '/audit' });
  const change = (part: Partial<AuditSearch>) =>
    void navigate({ search: (current) => ({ ...current, ...part }), replace: true });
  const query = useInfiniteQuery(auditQuery(filters));
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  const nameOf = useOrganizationName();
  const opened = rows.find(({ id }) => id === open);
  const definitions = useDefinitions(rows, filters.actor_id);
  const { fetchNextPage } = query;
  const size = useQuery(checkpointQuery).data?.checkpoint?.size ?? 0;
  const signed = t('audit.signed', { size: formatNumber(size, i18n.language) });
  const meta = size > 0 ? `${t('audit.subtitle')} · ${signed}` : t('audit.subtitle');
  return (
    <PageFrame>
      <PageHeader title={t('audit.title')} meta={meta} />
      <FollowersBanner />
      <FilterBar
        definitions={definitions}
        values={filters}
        onChange={(name, value) => change({ [name]: value })}
        onClear={() => change(Object.fromEntries(definitions.map(({ name }) => [name, undefined])))}
      >
        <SearchField label={t('audit.search')} value={filters.text} onChange={(text) => change({ text })} />
      </FilterBar>
      <SplitView panel={opened && <AuditDetail record={opened} onClose={() => change({ open: undefined })} />}>
        <ListTable
          label={t('audit.title')}
          columns={makeColumns(t, nameOf)}
          rows={rows}
          getRowId={rowId}
          isLoading={query.isPending}
          error={query.error}
          onRetry={() => void query.refetch()}
          empty={<EmptyState title={t('audit.empty')} text={t('audit.empty_hint')} />}
          openId={open}
          onOpen={(record) => change({ open: record.id })}
          hasMore={query.hasNextPage}
          isLoadingMore={query.isFetchingNextPage}
          onLoadMore={useCallback(() => void fetchNextPage(), [fetchNextPage])}
          rowHeight={36}
          card={(record) => <AuditCard record={record} />}
          cardHeight={76}
          minWidth={720}
        />
      </SplitView>
    </PageFrame>
  );
}

function makeColumns(t: TFunction, nameOf: (id: string | null) => string): Column<AuditRecord>[] {
  return [
    {
      id: 'when',
      header: t('audit.column.when'),
      width: '96px',
      cell: (record) => <RelativeTime at={record.occurred_at} />,
    },
    {
      id: 'what',
      header: t('audit.column.what'),
      width: 'minmax(320px, 3fr)',
      cell: (record) => <Sentence record={record} />,
    },
    {
      id: 'organization',
      header: t('common.field.organization'),
      width: 'minmax(130px, 1fr)',
      cell: (record) => (
        <Clip text={record.organization_id ? nameOf(record.organization_id) : t('audit.installation')} isDim />
      ),
    },
    {
      id: 'ip',
      header: t('audit.column.ip'),
      width: '140px',
      cell: (record) => record.ip && <span className="mono">{record.ip}</span>,
    },
  ];
}

const ACTOR_ICONS = { user: IconUser, service: IconRobot, source: IconPlugConnected, system: IconSettings } as const;

function Sentence({ record }: { record: AuditRecord }) {
  const { t } = useTranslation();
  const deed = deedText(record, t);
  const kind = record.actor.kind as ActorKind;
  const Icon = ACTOR_ICONS[kind];
  return (
    <span className={classes.line} title={`${record.actor.name} ${deed}`}>
      <Icon size={15} stroke={1.5} className={classes.icon} role="img" aria-label={t(`audit.actor.${kind}`)} />
      <span className="truncate">
        <strong>{record.actor.name}</strong> {deed}
      </span>
    </span>
  );
}

function AuditCard({ record }: { record: AuditRecord }) {
  const { t } = useTranslation();
  return (
    <div className={classes.card}>
      <span className={classes.cardSentence}>
        <strong>{record.actor.name}</strong> {deedText(record, t)}
      </span>
      <RelativeTime at={record.occurred_at} />
    </div>
  );
}

/** People are offered as they appear; the log itself knows who has done anything. */
function useDefinitions(rows: readonly AuditRecord[], actorId: string | undefined): FilterDefinition[] {
  const { t } = useTranslation();
  return useMemo(() => {
    const actors = new Map(rows.flatMap(({ actor }) => (actor.id ? [[actor.id, actor.name] as const] : [])));
    if (actorId && !actors.has(actorId)) actors.set(actorId, actorId);
    const actions = ACTIONS.map((action) => ({ value: action, label: actionName(action, t) }));
    return [
      { name: 'action', label: t('audit.column.what'), isSingle: true, options: actions },
      {
        name: 'actor_id',
        label: t('audit.column.who'),
        isSingle: true,
        options: [...actors].map(([value, label]) => ({ value, label })),
      },
      { name: 'object_id', label: t('audit.filter.object_id') },
      { name: 'from', label: t('audit.filter.from'), inputType: 'date' as const },
      { name: 'to', label: t('audit.filter.to'), inputType: 'date' as const },
    ];
  }, [rows, actorId, t]);
}
