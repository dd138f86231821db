import { IconBolt } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { TFunction } from 'i18next';
import type { Criticality, OrganizationRef, TicketSummary } from '@/api/model';
import { inReadersWords } from '@/i18n/own-words';
import { formatNumber } from '@/lib/numbers';
import type { Column, RowState } from '@/ui/DataTable';
import { RelativeTime } from '@/ui/RelativeTime';
import { SeverityBadge, SeverityGlyph } from '@/ui/SeverityBadge';
import { StageBadge, Tag, VerdictBadge } from '@/ui/StageBadge';
import { UrgencyBadge } from '@/ui/UrgencyBadge';
import classes from './columns.module.css';

export const COLUMN_IDS = [
  'urgency',
  'severity',
  'reference',
  'title',
  'stage',
  'assignee',
  'asset',
  'source_ip',
  'destination_ip',
  'rule',
  'alerts',
  'occurrences',
  'verdict',
  'tags',
  'organization',
  'last_seen_at',
  'created_at',
  'updated_at',
] as const;

export type ColumnId = (typeof COLUMN_IDS)[number];

export const DEFAULT_COLUMNS: ColumnId[] = [
  'urgency',
  'severity',
  'reference',
  'title',
  'stage',
  'assignee',
  'asset',
  'source_ip',
  'alerts',
  'last_seen_at',
];

export const MIXED_COLUMNS: ColumnId[] = DEFAULT_COLUMNS.flatMap((id): ColumnId[] =>
  id === 'source_ip' ? ['source_ip', 'organization'] : [id],
);

export const NARROW_COLUMNS: ReadonlySet<ColumnId> = new Set([
  'urgency',
  'severity',
  'reference',
  'title',
  'stage',
  'assignee',
  'last_seen_at',
]);

/** The columns somebody chose, as far as they are known here. */
export function readColumns(stored: string[] | null | undefined): ColumnId[] | undefined {
  const known = (stored ?? []).filter((id): id is ColumnId => (COLUMN_IDS as readonly string[]).includes(id));
  return known.length > 0 ? known : undefined;
}

interface ColumnContext {
  t: TFunction;
  locale: string;
  organizations: OrganizationRef[];
  onToggle: (row: TicketSummary, isRange: boolean) => void;
  onFollow: (id: string) => void;
}

type Definition = Omit<Column<TicketSummary>, 'id' | 'header'>;

function definitions({ locale, organizations, onFollow }: ColumnContext): Record<ColumnId, Definition> {
  const number = (value: number) => formatNumber(value, locale);
  return {
    urgency: {
      width: '88px',
      sortKey: 'urgency',
      cell: (row) => <UrgencyBadge level={row.urgency} score={row.urgency_score} />,
    },
    severity: { width: '58px', sortKey: 'severity', cell: (row) => <SeverityBadge level={row.severity} isCompact /> },
    reference: {
      width: '136px',
      sortKey: 'reference',
      cell: (row) => <span className={`mono ${classes.reference}`}>{row.reference}</span>,
    },
    title: { width: 'minmax(280px, 4fr)', cell: (row) => <TitleCell row={row} onFollow={onFollow} /> },
    stage: {
      width: '116px',
      cell: (row) => <StageBadge stage={row.stage} label={row.status?.label} />,
    },
    assignee: {
      width: 'minmax(100px, 140px)',
      cell: (row) => row.assignee?.display_name ?? <Nobody />,
    },
    asset: {
      width: 'minmax(120px, 1fr)',
      cell: (row) =>
        row.asset && (
          <span className={classes.asset}>
            <SeverityGlyph level={row.asset.criticality as Criticality} size={13} />
            <span className="truncate" title={row.asset.name}>
              {row.asset.name}
            </span>
          </span>
        ),
    },
    source_ip: { width: '132px', cell: (row) => row.source_ip && <span className="mono">{row.source_ip}</span> },
    destination_ip: {
      width: '132px',
      cell: (row) => row.destination_ip && <span className="mono">{row.destination_ip}</span>,
    },
    rule: { width: 'minmax(160px, 1fr)', cell: (row) => inReadersWords(row.rule_name) },
    alerts: { width: '72px', align: 'end', cell: (row) => number(row.alerts) },
    occurrences: { width: '92px', align: 'end', cell: (row) => number(row.occurrences) },
    verdict: { width: '146px', cell: (row) => row.verdict && <VerdictBadge verdict={row.verdict} /> },
    tags: { width: 'minmax(100px, 180px)', cell: (row) => row.tags.map((tag) => <Tag key={tag}>{tag}</Tag>) },
    organization: {
      width: 'minmax(110px, 160px)',
      cell: (row) => (
        <span className={classes.dim}>{organizations.find(({ id }) => id === row.organization_id)?.name}</span>
      ),
    },
    last_seen_at: {
      width: '96px',
      align: 'end',
      sortKey: 'last_seen_at',
      cell: (row) => <RelativeTime at={row.last_seen_at} />,
    },
    created_at: {
      width: '96px',
      align: 'end',
      sortKey: 'created_at',
      cell: (row) => <RelativeTime at={row.created_at} />,
    },
    updated_at: {
      width: '104px',
      align: 'end',
      cell: (row) => <RelativeTime at={row.updated_at} />,
    },
  };
}

export function makeColumns(ids: readonly ColumnId[], context: ColumnContext): Column<TicketSummary>[] {
  const all = definitions(context);
  const { t, onToggle } = context;
  return [
    {
      id: 'select',
      header: <span className="visually-hidden">{t('tickets.column.select')}</span>,
      width: '44px',
      cell: (row, state) => (
        <SelectCell
          row={row}
          state={state}
          label={t('tickets.select', { reference: row.reference })}
          onToggle={onToggle}
        />
      ),
    },
    ...ids.map((id) => ({ id, header: headerOf(id, t), ...all[id] })),
  ];
}

function headerOf(id: ColumnId, t: TFunction) {
  if (id !== 'urgency' && id !== 'severity') return t(`tickets.column.${id}`);
  return <span title={t(`tickets.column.${id}`)}>{t(`tickets.column_short.${id}`)}</span>;
}

interface SelectCellProps {
  row: TicketSummary;
  state: RowState;
  label: string;
  onToggle: ColumnContext['onToggle'];
}

function SelectCell({ row, state, label, onToggle }: SelectCellProps) {
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only keeps the press from opening the row
    // biome-ignore lint/a11y/useKeyWithClickEvents: the check box inside has its own keys
    <span className={classes.check} onClick={(event) => event.stopPropagation()}>
      <input
        type="checkbox"
        tabIndex={-1}
        aria-label={label}
        checked={state.isSelected}
        onChange={(event) => {
          // The element will be another row's once it scrolls away; the keys belong to the list.
          event.currentTarget.closest<HTMLElement>('[role="grid"]')?.focus({ preventScroll: true });
          onToggle(row, (event.nativeEvent as MouseEvent).shiftKey === true);
        }}
      />
    </span>
  );
}

/** A plain link: the router's own looks at the address anew in every row that is drawn. */
function TitleCell({ row, onFollow }: { row: TicketSummary; onFollow: ColumnContext['onFollow'] }) {
  const isDone = row.stage === 'resolved' || row.stage === 'closed' || row.merged_into !== null;
  return (
    <span className={`${classes.title} ${isDone ? classes.done : ''}`}>
      <a
        href={`/tickets/${row.id}`}
        className={classes.titleLink}
        tabIndex={-1}
        title={inReadersWords(row.title)}
        onClick={(event) => {
          event.stopPropagation();
          // A new tab or window is the browser's.
          if (event.metaKey || event.ctrlKey || event.shiftKey) return;
          event.preventDefault();
          onFollow(row.id);
        }}
      >
        {inReadersWords(row.title)}
      </a>
      {row.is_storm && <StormMark occurrences={row.occurrences} />}
      {row.merged_into && <span className={classes.mergedInto}>→ {row.merged_into.reference}</span>}
    </span>
  );
}

function StormMark({ occurrences }: { occurrences: number }) {
  return (
    <span className={classes.storm}>
      <IconBolt size={11} aria-hidden />
      {occurrences}
    </span>
  );
}

function Nobody() {
  return <span className={classes.nobody}>—</span>;
}

/** A ticket on a phone. */
export function TicketCard({ row, organization }: { row: TicketSummary; organization?: string }) {
  return (
    <div className={classes.card}>
      <UrgencyBadge level={row.urgency} score={row.urgency_score} />
      <span className={`mono ${classes.reference}`}>{row.reference}</span>
      <RelativeTime at={row.last_seen_at} />
      <Link to="/tickets/$id" params={{ id: row.id }} className={classes.cardTitle}>
        {inReadersWords(row.title)}
      </Link>
      <div className={classes.cardMeta}>
        <SeverityBadge level={row.severity} isCompact />
        <StageBadge stage={row.stage} label={row.status?.label} />
        {row.assignee && <span className="truncate">{row.assignee.display_name}</span>}
        {row.asset && <span className="truncate">{row.asset.name}</span>}
        {organization && <span className={`truncate ${classes.dim}`}>{organization}</span>}
      </div>
    </div>
  );
}
