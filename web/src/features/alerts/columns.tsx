import { Link } from '@tanstack/react-router';
import type { TFunction } from 'i18next';
import type { Alert } from '@/api/model';
import { inReadersWords } from '@/i18n/own-words';
import { formatNumber } from '@/lib/numbers';
import { Clip } from '@/ui/Clip';
import type { Column } from '@/ui/DataTable';
import { RelativeTime } from '@/ui/RelativeTime';
import { SeverityBadge, SeverityGlyph } from '@/ui/SeverityBadge';
import { AlertStateBadge } from './AlertState';
import classes from './alerts.module.css';

/** Beside an open alert there is room for these only. */
const NARROW: ReadonlySet<string> = new Set(['severity', 'title', 'source_ip', 'deliveries', 'state', 'last_seen_at']);

/** Names an organization; absent where there is only one. */
type NameOf = ((id: string) => string) | undefined;

export function makeColumns(t: TFunction, locale: string, isNarrow: boolean, nameOf: NameOf): Column<Alert>[] {
  const columns = allColumns(t, locale, nameOf);
  return isNarrow ? columns.filter(({ id }) => NARROW.has(id)) : columns;
}

function allColumns(t: TFunction, locale: string, nameOf: NameOf): Column<Alert>[] {
  return [
    {
      id: 'severity',
      header: t('common.field.severity'),
      width: '124px',
      cell: (row) => <SeverityBadge level={row.severity} />,
    },
    {
      id: 'title',
      header: t('alerts.column.title'),
      width: 'minmax(240px, 2.6fr)',
      cell: (row) => (
        <span className={classes.title}>
          <Clip text={inReadersWords(row.title)} />
          {row.source_state === 'cleared' && <span className={classes.chip}>{t('alerts.cleared')}</span>}
        </span>
      ),
    },
    // Titles repeat the rule's name more often than not: which organization it is tells more.
    nameOf
      ? {
          id: 'organization',
          header: t('common.field.organization'),
          width: 'minmax(140px, 1fr)',
          cell: (row) => <Clip text={nameOf(row.organization_id)} isDim />,
        }
      : {
          id: 'rule',
          header: t('alerts.column.rule'),
          width: 'minmax(140px, 1.4fr)',
          cell: (row) => <Clip text={inReadersWords(row.rule_name)} isDim />,
        },
    {
      id: 'source_ip',
      header: t('alerts.column.addresses'),
      width: 'minmax(150px, 220px)',
      cell: (row) => <Addresses row={row} />,
    },
    {
      id: 'asset',
      header: t('common.field.asset'),
      width: 'minmax(130px, 1fr)',
      cell: (row) =>
        row.asset && (
          <span className={classes.state}>
            <SeverityGlyph level={row.asset.criticality} size={13} />
            <Clip text={row.asset.name} />
          </span>
        ),
    },
    {
      id: 'deliveries',
      header: <span title={t('alerts.counts_hint')}>{t('alerts.column.counts')}</span>,
      width: '116px',
      align: 'end',
      cell: (row) => <Counts row={row} locale={locale} />,
    },
    {
      id: 'state',
      header: t('common.field.state'),
      width: '116px',
      cell: (row) => <AlertStateBadge state={row.state} />,
    },
    {
      id: 'ticket',
      header: t('alerts.column.ticket'),
      width: '148px',
      cell: (row) => <TicketCell row={row} />,
    },
    {
      id: 'last_seen_at',
      header: t('alerts.column.last_seen'),
      width: '92px',
      align: 'end',
      cell: (row) => <RelativeTime at={row.last_seen_at} />,
    },
  ];
}

function Addresses({ row }: { row: Alert }) {
  if (!row.source_ip && !row.destination_ip) return null;
  const text = [row.source_ip, row.destination_ip].filter(Boolean).join(' → ');
  return <Clip text={text} isMono />;
}

/** Deliveries received, and what the source says it counted. */
function Counts({ row, locale }: { row: Alert; locale: string }) {
  return (
    <>
      {formatNumber(row.deliveries, locale)}
      <span className={classes.dim}> / {formatNumber(row.occurrences, locale)}</span>
    </>
  );
}

function TicketCell({ row }: { row: Alert }) {
  if (!row.ticket) return null;
  return (
    <Link
      to="/tickets/$id"
      params={{ id: row.ticket.id }}
      className={`${classes.link} mono`}
      onClick={(event) => event.stopPropagation()}
    >
      {row.ticket.reference}
    </Link>
  );
}

export function AlertCard({ row }: { row: Alert }) {
  return (
    <div className={classes.card}>
      <SeverityBadge level={row.severity} />
      <AlertStateBadge state={row.state} />
      <span className={classes.cardEnd}>
        <RelativeTime at={row.last_seen_at} />
      </span>
      <span className={classes.cardTitle}>{inReadersWords(row.title)}</span>
      <span className={classes.cardMeta}>
        <span className="mono truncate">{[row.source_ip, row.destination_ip].filter(Boolean).join(' → ')}</span>
        <span className="truncate">{row.asset?.name}</span>
        <span className="mono">{row.ticket?.reference}</span>
      </span>
    </div>
  );
}
