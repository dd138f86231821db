import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { EventItem } from '@/api/model';
import { dayDate, secondTime } from '@/lib/time';
import { Clip } from '@/ui/Clip';
import type { Column } from '@/ui/DataTable';
import { type Level, SeverityBadge } from '@/ui/SeverityBadge';
import classes from './events.module.css';

/** Beside an open event there is room for these only. */
const NARROW: ReadonlySet<string> = new Set(['at', 'severity', 'source', 'destination', 'message']);

const LEVELS: Record<string, Level> = {
  informational: 'informational',
  low: 'low',
  medium: 'medium',
  high: 'high',
  critical: 'critical',
  fatal: 'critical',
};

export const levelOf = (severity: string): Level | undefined => LEVELS[severity];

export function makeColumns(t: TFunction, locale: string, isNarrow: boolean): Column<EventItem>[] {
  const columns = allColumns(t, locale);
  return isNarrow ? columns.filter(({ id }) => NARROW.has(id)) : columns;
}

function allColumns(t: TFunction, locale: string): Column<EventItem>[] {
  return [
    {
      id: 'at',
      header: t('events.column.received'),
      width: '168px',
      cell: (row) => <Moment at={row.received_at} locale={locale} />,
    },
    {
      id: 'severity',
      header: t('common.field.severity'),
      width: '88px',
      cell: (row) => <Severity row={row} isCompact />,
    },
    {
      id: 'source',
      header: t('events.column.source'),
      width: 'minmax(172px, 1fr)',
      cell: (row) => <Clip text={end(row.source_ip, row.source_port)} isMono />,
    },
    {
      id: 'destination',
      header: t('events.column.destination'),
      width: 'minmax(172px, 1fr)',
      cell: (row) => <Clip text={end(row.destination_ip, row.destination_port)} isMono />,
    },
    {
      id: 'action',
      header: t('events.column.action'),
      width: '96px',
      cell: (row) => <Clip text={row.action ?? '—'} />,
    },
    {
      id: 'who',
      header: t('events.column.who'),
      width: 'minmax(120px, 0.9fr)',
      cell: (row) => <Clip text={[row.user, row.host ?? row.device].filter(Boolean).join(' · ') || '—'} />,
    },
    {
      id: 'message',
      header: t('events.column.message'),
      width: 'minmax(240px, 3fr)',
      cell: (row) => <Message row={row} />,
    },
  ];
}

export function end(ip: string | null | undefined, port: number | null | undefined): string {
  if (!ip) return '—';
  return port ? (ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`) : ip;
}

export function Severity({ row, isCompact }: { row: EventItem; isCompact?: boolean }) {
  const level = levelOf(row.severity);
  return level ? <SeverityBadge level={level} isCompact={isCompact} /> : <Clip text={null} />;
}

/** To the millisecond: lines of one second are told apart. */
function Moment({ at, locale }: { at: string; locale: string }) {
  return (
    <time dateTime={at} className={classes.moment}>
      <span className={classes.day}>{dayDate(at, locale)}</span> {secondTime(at, locale)}
      <span className={classes.day}>.{String(new Date(at).getMilliseconds()).padStart(3, '0')}</span>
    </time>
  );
}

const ends = (row: EventItem) =>
  [
    row.source_ip && end(row.source_ip, row.source_port),
    row.destination_ip && end(row.destination_ip, row.destination_port),
  ]
    .filter(Boolean)
    .join(' → ');

export function EventCard({ row }: { row: EventItem }) {
  const { i18n } = useTranslation();
  return (
    <div className={classes.card}>
      <Moment at={row.received_at} locale={i18n.language} />
      <Severity row={row} />
      <span className={`${classes.cardEnds} truncate`}>{ends(row) || (row.host ?? row.device ?? row.sender)}</span>
      <Message row={row} />
    </div>
  );
}

/** Where a line says nothing in words, it is shown itself: what syslog puts before it helps nobody. */
const PRIORITY = /^<\d{1,3}>/;

/** What is most worth knowing of the line, first. */
function Message({ row }: { row: EventItem }) {
  const { t } = useTranslation();
  return (
    <span className={`${classes.message} truncate`} title={row.message}>
      {row.unparsed && <span className={classes.tag}>{t('events.unparsed')}</span>}
      {row.rule_name && <span className={classes.rule}>{row.rule_name}</span>}
      {row.message.replace(PRIORITY, '')}
    </span>
  );
}
