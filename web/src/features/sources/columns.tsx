import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { Source, SourceCounts } from '@/api/model';
import { formatNumber } from '@/lib/numbers';
import { lengthText } from '@/lib/time';
import { Clip } from '@/ui/Clip';
import type { Column } from '@/ui/DataTable';
import { RelativeTime } from '@/ui/RelativeTime';
import { Rate, UnparsedShare } from './SourceFacts';
import { SourceHealthBadge } from './SourceHealthBadge';
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
      width: 'minmax(180px, 1fr)',
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
      cell: (source) => <Rate source={source} />,
    },
    {
      id: 'last_seen_at',
      header: t('sources.column.last_seen'),
      width: '152px',
      align: 'end',
      cell: (source) => (
        <div className={classes.two}>
          <RelativeTime at={source.last_seen_at} />
          <Clip text={alarm(source, t, locale)} isDim />
        </div>
      ),
    },
    {
      id: 'received',
      header: t('sources.count.received'),
      width: '104px',
      align: 'end',
      cell: (source) => <Count source={source} of="received" />,
    },
    {
      id: 'created',
      header: t('sources.count.created'),
      width: '104px',
      align: 'end',
      cell: (source) => <Count source={source} of="created" />,
    },
    {
      id: 'quarantined',
      header: t('sources.count.quarantined'),
      width: '112px',
      align: 'end',
      cell: (source) => <Count source={source} of="quarantined" isLoss />,
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
      cell: (source) => (isSyslog(source) ? <Count source={source} of="shed" isLoss /> : <span aria-hidden>—</span>),
    },
    {
      id: 'organizations',
      header: t('sources.column.organizations'),
      width: 'minmax(160px, 1.4fr)',
      cell: (source) => <Clip text={organizationNames(source)} isDim />,
    },
  ];
}

/** When silence becomes an alert. */
const alarm = ({ silent_after_minutes: minutes }: Source, t: TFunction, locale: string) =>
  minutes ? t('sources.silence.alarm', { span: lengthText(minutes * 60, locale) }) : t('sources.silence.no_alarm');

/** A count; none of a source that is shared with others. */
function Count({ source, of, isLoss }: { source: Source; of: keyof SourceCounts; isLoss?: boolean }) {
  const { t, i18n } = useTranslation();
  if (!source.counts) return <span title={t('sources.shared')}>—</span>;
  const count = source.counts[of];
  const text = formatNumber(count, i18n.language);
  return isLoss ? <span className={count > 0 ? classes.warn : classes.dim}>{text}</span> : text;
}

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
      <Rate source={source} width={96} />
    </div>
  );
}
