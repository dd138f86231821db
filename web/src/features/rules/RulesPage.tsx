import { Button } from '@mantine/core';
import { IconFileImport } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import type { TFunction } from 'i18next';
import { useCallback, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RuleSummary } from '@/api/model';
import { useCan } from '@/api/permissions';
import { inReadersWords } from '@/i18n/own-words';
import { Clip } from '@/ui/Clip';
import type { Column } from '@/ui/DataTable';
import { EmptyState } from '@/ui/EmptyState';
import { FilterBar, type FilterDefinition } from '@/ui/FilterBar';
import { ListTable } from '@/ui/ListTable';
import { PageFrame, PageHeader } from '@/ui/PageHeader';
import { RelativeTime } from '@/ui/RelativeTime';
import { SearchField } from '@/ui/SearchField';
import { SeverityBadge } from '@/ui/SeverityBadge';
import { rulesQuery } from './api';
import { ImportDrawer } from './ImportDrawer';
import { falsePositives, Hits, RuleState } from './rule-look';
import classes from './rules.module.css';

const route = getRouteApi('/shell/rules');
const rowId = (rule: RuleSummary) => rule.id;
const renderCard = (rule: RuleSummary) => <RuleCard rule={rule} />;

export function RulesPage() {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate({ from: '/rules' });
  const { q, origin, is_enabled } = route.useSearch();
  const filters = { q, origin, is_enabled };
  const query = useInfiniteQuery(rulesQuery(filters));
  const [isImporting, setIsImporting] = useState(false);
  const canWrite = useCan('rules:write');
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  const columns = useMemo(() => makeColumns(t, i18n.language), [t, i18n.language]);
  const definitions = useMemo(() => makeDefinitions(t), [t]);
  const set = (name: string, value: string | undefined) =>
    void navigate({ search: (current) => ({ ...current, [name]: value }), replace: true });
  const { fetchNextPage } = query;
  return (
    <PageFrame>
      <PageHeader
        title={t('rules.title')}
        actions={
          <Button
            leftSection={<IconFileImport size={15} aria-hidden />}
            disabled={!canWrite}
            title={canWrite ? undefined : t('common.no_permission', { permission: 'rules:write' })}
            onClick={() => setIsImporting(true)}
          >
            {t('rules.import.open')}
          </Button>
        }
      />
      <FilterBar definitions={definitions} values={filters} onChange={set}>
        <SearchField label={t('rules.search')} value={q} onChange={(text) => set('q', text)} />
      </FilterBar>
      <ListTable
        label={t('rules.title')}
        columns={columns}
        rows={rows}
        getRowId={rowId}
        isLoading={query.isPending}
        error={query.error}
        onRetry={() => void query.refetch()}
        empty={<EmptyState title={t('rules.empty.title')} text={t('rules.empty.text')} />}
        onOpen={(rule) => void navigate({ to: '/rules/$id', params: { id: rule.id } })}
        hasMore={query.hasNextPage}
        isLoadingMore={query.isFetchingNextPage}
        onLoadMore={useCallback(() => void fetchNextPage(), [fetchNextPage])}
        card={renderCard}
        cardHeight={100}
        rowHeight={52}
        minWidth={1080}
      />
      {isImporting && <ImportDrawer onClose={() => setIsImporting(false)} />}
    </PageFrame>
  );
}

function makeDefinitions(t: TFunction): FilterDefinition[] {
  return [
    {
      name: 'origin',
      label: t('rules.origin_label'),
      isSingle: true,
      options: (['built_in', 'own'] as const).map((value) => ({ value, label: t(`rules.origin.${value}`) })),
    },
    {
      name: 'is_enabled',
      label: t('common.field.state'),
      isSingle: true,
      options: [
        { value: 'true', label: t('rules.state.on') },
        { value: 'false', label: t('rules.state.off') },
      ],
    },
  ];
}

function makeColumns(t: TFunction, locale: string): Column<RuleSummary>[] {
  return [
    {
      id: 'state',
      header: t('common.field.state'),
      width: '104px',
      cell: (rule) => <RuleState isEnabled={rule.is_enabled} />,
    },
    {
      id: 'title',
      header: t('rules.column.rule'),
      width: 'minmax(260px, 2.6fr)',
      cell: (rule) => (
        <div className={classes.two}>
          <Clip text={inReadersWords(rule.title)} />
          <Clip text={rule.log_sources.join(', ')} isDim />
        </div>
      ),
    },
    {
      id: 'severity',
      header: t('common.field.severity'),
      width: '128px',
      cell: (rule) => <SeverityBadge level={rule.severity} />,
    },
    {
      id: 'hits',
      header: t('rules.column.hits'),
      width: '160px',
      cell: (rule) => <Hits numbers={rule.numbers} />,
    },
    {
      id: 'last_hit',
      header: t('rules.column.last_hit'),
      width: '112px',
      align: 'end',
      cell: (rule) => <RelativeTime at={rule.numbers.last_hit_at ?? null} />,
    },
    {
      id: 'false_positives',
      header: t('rules.column.false_positives'),
      width: '132px',
      align: 'end',
      cell: (rule) => falsePositives(rule.numbers, t, locale),
    },
    {
      id: 'attack',
      header: 'ATT&CK',
      width: 'minmax(120px, 1fr)',
      cell: (rule) => <Clip text={rule.techniques.join(', ')} isDim />,
    },
    {
      id: 'origin',
      header: t('rules.origin_label'),
      width: '112px',
      cell: (rule) => <Clip text={t(`rules.origin.${rule.origin}`)} isDim />,
    },
  ];
}

function RuleCard({ rule }: { rule: RuleSummary }) {
  return (
    <div className={classes.card}>
      <span className={classes.cardTitle}>{inReadersWords(rule.title)}</span>
      <SeverityBadge level={rule.severity} />
      <RelativeTime at={rule.numbers.last_hit_at ?? null} />
      <RuleState isEnabled={rule.is_enabled} />
      <Hits numbers={rule.numbers} />
    </div>
  );
}
