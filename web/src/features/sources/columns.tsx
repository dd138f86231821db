import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { Source } from '@/api/model';
import { formatNumber } from '@/lib/numbers';
import { Clip } from '@/ui/Clip';
import type { Column } from '@/ui/DataTable';
import { RelativeTime } from '@/ui/RelativeTime';
import { UnparsedShare } from './SourceFacts';
import { SourceHealthBadge } from './SourceHealthBadge';
import { Sparkline } from './Sparkline';
import classes from './sources.module.css';

const NARROW: ReadonlySet<string> = new Set(['name', 'health', 'rate', 'last_seen_at']);

export function makeColumns(t: TFunction, locale: string, isNarrow: boolean): Column<Source>[] {
  const columns = allColumns(t, locale);
  return isNarrow ? columns.filter(({ id }) => NARROW.has(id)) : columns;
}

function allColumns(t: TFunction, locale: string): Column<Source>[] {
  return [
    {
      id: 'name',
      header: t('common.field.name'),
      width: 'minmax(200px, 2fr)',
      cell: (source) => (
        <div className={classes.two}>
          <Clip text={source.name} />
          <Clip text={t(`sources.kind.${source.kind}`)} isDim />
        </div>
      ),
    },
    {
      id: 'health',
      header: t('common.field.state'),
      width: '132px',
      cell: (source) => <SourceHealthBadge source={source} />,
    },
    {
      id: 'rate',
      header: t('sources.last_hour'),
      width: '152px',
      cell: (source) => <Sparkline values={source.rate_per_minute} />,
    },
    {
      id: 'last_seen_at',
      header: t('sources.column.last_seen'),
      width: '152px',
      align: 'end',
      cell: (source) => (
        <div className={classes.two}>
          <RelativeTime at={source.last_seen_at} />
          <Clip text={alarm(source, t)} isDim />
        </div>
      ),
    },
    {
      id: 'received',
      header: t('sources.count.received'),
      width: '104px',
      align: 'end',
      cell: (source) => formatNumber(source.counts.received, locale),
    },
    {
      id: 'created',
      header: t('sources.count.created'),
      width: '104px',
      align: 'end',
      cell: (source) => formatNumber(source.counts.created, locale),
    },
    {
      id: 'quarantined',
      header: t('sources.count.quarantined'),
      width: '112px',
      align: 'end',
      cell: (source) => (
        <span className={source.counts.quarantined > 0 ? classes.warn : classes.dim}>
          {formatNumber(source.counts.quarantined, locale)}
        </span>
      ),
    },
    {
      id: 'unparsed',
      header: t('sources.count.unparsed'),
      width: '112px',
      align: 'end',
      cell: (source) => (isSyslog(source) ? <UnparsedShare source={source} /> : <span aria-hidden>—</span>),
    },
    {
      id: 'shed',
      header: t('sources.count.shed'),
      width: '104px',
      align: 'end',
      cell: (source) => (
        <span className={source.counts.shed > 0 ? classes.warn : classes.dim}>
          {isSyslog(source) ? formatNumber(source.counts.shed, locale) : '—'}
        </span>
      ),
    },
    {
      id: 'organizations',
      header: t('sources.column.organizations'),
      width: 'minmax(140px, 1.4fr)',
      cell: (source) => <Clip text={organizationNames(source)} isDim />,
    },
  ];
}

/** When silence becomes an alert. */
const alarm = ({ silent_after_minutes: minutes }: Source, t: TFunction) =>
  minutes ? t('sources.silence.alarm', { minutes }) : t('sources.silence.no_alarm');

const isSyslog = (source: Source) => source.kind === 'syslog';

const organizationNames = (source: Source) =>
  [...new Set(source.organizations.map((row) => row.organization_name ?? ''))].join(', ');

export function SourceCard({ source }: { source: Source }) {
  const { t } = useTranslation();
  return (
    <div className={classes.card}>
      <span className={`${classes.cardTitle} truncate`}>{source.name}</span>
      <RelativeTime at={source.last_seen_at} />
      <span className={classes.inline}>
        <SourceHealthBadge source={source} />
        {isSyslog(source) && (
          <span>
            · {t('sources.count.unparsed')} <UnparsedShare source={source} />
          </span>
        )}
      </span>
      <Sparkline values={source.rate_per_minute} width={96} />
    </div>
  );
}
