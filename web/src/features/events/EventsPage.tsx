import { Button, Select } from '@mantine/core';
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { EventItem } from '@/api/model';
import { useOrganizationOptions } from '@/api/organizations';
import { useCan } from '@/api/permissions';
import { ruleQuery, rulesToChooseQuery } from '@/api/rules';
import { sourcesQuery } from '@/api/sources';
import { inReadersWords } from '@/i18n/own-words';
import { fullTime, minuteTime } from '@/lib/time';
import { EmptyState } from '@/ui/EmptyState';
import { FilterBar, type FilterDefinition } from '@/ui/FilterBar';
import { ListTable } from '@/ui/ListTable';
import { NewPill } from '@/ui/NewPill';
import { PageFrame, PageHeader } from '@/ui/PageHeader';
import { SearchField } from '@/ui/SearchField';
import { SeverityBadge } from '@/ui/SeverityBadge';
import { SplitView } from '@/ui/SidePanel';
import { eventsQuery, histogramQuery, newerQuery } from './api';
import { EventCard, makeColumns } from './columns';
import { EventPanel } from './EventPanel';
import classes from './events.module.css';
import { Histogram } from './Histogram';
import { type EventFilters, type EventsSearch, isPeriod, PERIODS } from './search';

const route = getRouteApi('/shell/events');
const rowId = (row: EventItem) => row.id;
const renderCard = (row: EventItem) => <EventCard row={row} />;

export function EventsPage() {
  const { t, i18n } = useTranslation();
  const { open, ...filters } = route.useSearch();
  const change = useSearchChange();
  const list = useEventList(filters);
  const histogram = useQuery(histogramQuery(filters));
  const isNarrow = open !== undefined;
  const columns = useMemo(() => makeColumns(t, i18n.language, isNarrow), [t, i18n.language, isNarrow]);
  const { fetchNextPage } = list.query;
  const more = useCallback(() => void fetchNextPage(), [fetchNextPage]);
  return (
    <PageFrame>
      <PageHeader title={t('events.title')} meta={t('events.subtitle')} />
      <EventFilterBar filters={filters} onChange={change} />
      {histogram.data ? (
        <Histogram data={histogram.data} onPick={(from, to) => change({ from, to, last: undefined })} />
      ) : (
        !histogram.error && <div className={classes.histogram} aria-hidden />
      )}
      <div role="status">
        {histogram.error && <p className={classes.failed}>{t('events.histogram.failed')}</p>}
        {list.newerError && <p className={classes.failed}>{t('events.newer_failed')}</p>}
      </div>
      {list.cutOff && (
        <div className={classes.cutOff} role="status">
          {t('events.cut_off', { at: fullTime(list.cutOff, i18n.language) })}
          <Button size="xs" variant="default" loading={list.query.isFetchingNextPage} onClick={more}>
            {t('events.search_on')}
          </Button>
        </div>
      )}
      <SplitView panel={open && <EventPanel key={open} id={open} onClose={() => change({ open: undefined })} />}>
        <NewPill
          count={list.newCount}
          label={t(list.isNewCountExact ? 'events.new_rows' : 'events.new_rows_at_least', { count: list.newCount })}
          onShow={() => void list.showNew()}
        />
        <ListTable
          label={t('events.title')}
          columns={columns}
          rows={list.rows}
          getRowId={rowId}
          isLoading={list.query.isPending}
          error={list.query.error}
          onRetry={() => void list.query.refetch()}
          empty={<EmptyState title={t('events.empty.title')} text={t('events.empty.text')} />}
          openId={open}
          onOpen={(row) => change({ open: row.id })}
          hasMore={list.query.hasNextPage && !list.cutOff}
          isLoadingMore={list.query.isFetchingNextPage}
          onLoadMore={more}
          card={renderCard}
          cardHeight={92}
          minWidth={isNarrow ? 860 : 1080}
        />
      </SplitView>
    </PageFrame>
  );
}

function useSearchChange() {
  const navigate = useNavigate({ from: '/events' });
  return (change: Partial<EventsSearch>) =>
    void navigate({ search: (current) => ({ ...current, ...change }), replace: true });
}

/** A list that holds still: what came since waits to be asked for. */
function useEventList(filters: EventFilters) {
  const queryClient = useQueryClient();
  const query = useInfiniteQuery(eventsQuery(filters));
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  const newer = useQuery(newerQuery(filters, query.isSuccess, rows[0]?.received_at));
  const showNew = () => {
    void queryClient.invalidateQueries({ queryKey: histogramQuery(filters).queryKey });
    return queryClient.resetQueries({ queryKey: eventsQuery(filters).queryKey });
  };
  const cutOff = query.data?.pages.at(-1)?.cut_off;
  const isNewCountExact = !newer.data?.next_cursor;
  return {
    query,
    rows,
    cutOff,
    newerError: newer.error,
    newCount: newer.data?.items.length ?? 0,
    isNewCountExact,
    showNew,
  };
}

interface EventFilterBarProps {
  filters: EventFilters;
  onChange: (change: Partial<EventsSearch>) => void;
}

function EventFilterBar({ filters, onChange }: EventFilterBarProps) {
  const { t } = useTranslation();
  const definitions = useDefinitions(filters);
  const clear = () => onChange(Object.fromEntries(definitions.map(({ name }) => [name, undefined])));
  const isOwn = filters.from !== undefined;
  const periods = Object.keys(PERIODS).filter(isPeriod);
  return (
    <FilterBar
      definitions={definitions}
      values={filters}
      onChange={(name, value) => onChange({ [name]: value })}
      onClear={clear}
      end={
        <Select
          size="xs"
          w={170}
          aria-label={t('events.period.label')}
          allowDeselect={false}
          value={isOwn ? 'own' : isPeriod(filters.last) ? filters.last : '24h'}
          data={[
            ...periods.map((period) => ({ value: period as string, label: t(`events.period.${period}`) })),
            ...(isOwn ? [{ value: 'own', label: t('events.period.own') }] : []),
          ]}
          onChange={(last) => {
            if (last && last !== 'own') onChange({ last, from: undefined, to: undefined });
          }}
        />
      }
    >
      <SearchField label={t('events.search')} value={filters.text} onChange={(text) => onChange({ text })} />
    </FilterBar>
  );
}

const LEVELS = ['critical', 'high', 'medium', 'low', 'informational'] as const;

function useDefinitions(filters: EventFilters): FilterDefinition[] {
  const { t, i18n } = useTranslation();
  const localTime = useCallback(
    (text: string) => (Number.isNaN(Date.parse(text)) ? text : minuteTime(text, i18n.language)),
    [i18n.language],
  );
  const organizations = useOrganizationOptions();
  const sources = useSourceOptions(filters.source_id);
  const rules = useRuleOptions(filters.rule_id);
  return useMemo(
    () => [
      { name: 'ip', label: t('events.filter.ip'), placeholder: '203.0.113.0/24' },
      { name: 'source_ip', label: t('events.column.source'), placeholder: '10.0.0.7' },
      { name: 'destination_ip', label: t('events.column.destination'), placeholder: '198.51.100.9' },
      { name: 'user', label: t('events.column.user') },
      { name: 'host', label: t('events.column.host') },
      { name: 'device', label: t('events.column.device') },
      { name: 'action', label: t('events.column.action'), placeholder: 'deny' },
      { name: 'event_code', label: t('events.column.event_code'), placeholder: '4625' },
      {
        name: 'severity',
        label: t('common.field.severity'),
        options: LEVELS.map((level) => ({
          value: level,
          label: <SeverityBadge level={level} />,
          text: t(`common.level.${level}`),
        })),
      },
      ...(organizations.length > 1
        ? [
            {
              name: 'only_organization_id',
              label: t('common.field.organization'),
              isSingle: true,
              options: organizations,
            },
          ]
        : []),
      ...(sources.length > 0
        ? [
            {
              name: 'source_id',
              label: t('events.filter.source'),
              isSingle: true,
              options: sources,
            },
          ]
        : []),
      ...(rules.length > 0
        ? [
            {
              name: 'rule_id',
              label: t('events.filter.rule'),
              isSingle: true,
              options: rules,
            },
          ]
        : []),
      {
        name: 'unparsed',
        label: t('events.filter.reading'),
        isSingle: true,
        options: [
          { value: 'true', label: t('events.unparsed') },
          { value: 'false', label: t('events.parsed') },
        ],
      },
      { name: 'from', label: t('events.filter.from'), placeholder: '2026-11-21T08:00:00Z', describe: localTime },
      { name: 'to', label: t('events.filter.to'), placeholder: '2026-11-21T09:00:00Z', describe: localTime },
    ],
    [t, organizations, sources, rules, localTime],
  );
}

interface Choice {
  value: string;
  label: string;
}

/** What the address asks for is always among the choices, so that a filter that is set can be seen and taken away. */
function withChosen(choices: Choice[], chosen: string | undefined, label: string): Choice[] {
  const isThere = chosen === undefined || choices.some(({ value }) => value === chosen);
  return isThere ? choices : [...choices, { value: chosen, label }];
}

function useSourceOptions(chosen: string | undefined): Choice[] {
  const { t } = useTranslation();
  const canRead = useCan('sources:read');
  const sources = useQuery({ ...sourcesQuery, enabled: canRead }).data;
  return useMemo(() => {
    const choices = (sources ?? []).map(({ id, name }) => ({ value: id, label: name }));
    return withChosen(choices, chosen, t('events.filter.unnamed'));
  }, [t, sources, chosen]);
}

/** The first of the rules, and the one that is asked for wherever it stands. */
function useRuleOptions(chosen: string | undefined): Choice[] {
  const { t } = useTranslation();
  const canRead = useCan('rules:read');
  const rules = useQuery({ ...rulesToChooseQuery, enabled: canRead }).data;
  const isFar = rules !== undefined && chosen !== undefined && !rules.some(({ id }) => id === chosen);
  const far = useQuery({ ...ruleQuery(chosen ?? ''), enabled: isFar, retry: false }).data;
  return useMemo(() => {
    const choices = (rules ?? []).map(({ id, title }) => ({ value: id, label: inReadersWords(title) }));
    choices.sort((one, other) => one.label.localeCompare(other.label));
    return withChosen(choices, chosen, inReadersWords(far?.title) ?? t('events.filter.unnamed'));
  }, [t, rules, chosen, far]);
}
