import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Source, SourceCounts } from '@/api/model';
import { formatLabel } from '@/lib/formats';
import { formatNumber, formatShare } from '@/lib/numbers';
import { lengthText } from '@/lib/time';
import { Clip } from '@/ui/Clip';
import { Facts, Panel } from '@/ui/Panel';
import { RelativeTime } from '@/ui/RelativeTime';
import { MUCH_UNPARSED, unparsedShare } from './health';
import { mappingWords } from './MappingEditor';
import { SourceHealthBadge } from './SourceHealthBadge';
import { Sparkline } from './Sparkline';
import classes from './sources.module.css';
import { zoneText } from './zones';

export function HealthPanel({ source }: { source: Source }) {
  const { t } = useTranslation();
  const silence = { label: t('sources.silence.since'), value: <RelativeTime at={source.silent_since} isLong /> };
  const share = { label: t('sources.count.unparsed'), value: <UnparsedShare source={source} /> };
  return (
    <Panel title={t('sources.section.health')}>
      <Facts
        items={[
          { label: t('common.field.state'), value: <SourceHealthBadge source={source} /> },
          ...(source.silent_since ? [silence] : []),
          { label: t('sources.column.last_seen'), value: <RelativeTime at={source.last_seen_at} isLong /> },
          { label: t('sources.last_hour'), value: <Rate source={source} width={240} /> },
          ...(source.kind === 'syslog' ? [share] : []),
        ]}
      />
    </Panel>
  );
}

/** The last hour; of a source that is shared, why it is not told. */
export function Rate({ source, width }: { source: Source; width?: number }) {
  const { t } = useTranslation();
  if (!source.rate_per_minute) return <Clip text={t('sources.shared')} isDim />;
  return <Sparkline values={source.rate_per_minute} width={width} />;
}

/** Marked from where on a wrong format or zone is likely. */
export function UnparsedShare({ source }: { source: Source }) {
  const { i18n } = useTranslation();
  const share = unparsedShare(source);
  if (share === null) return <span aria-hidden>—</span>;
  return (
    <span className={share > MUCH_UNPARSED ? classes.warn : classes.dim}>{formatShare(share, i18n.language)}</span>
  );
}

const COUNTS = [
  'received',
  'created',
  'updated',
  'duplicate',
  'reopened',
  'linked',
  'suppressed',
  'quarantined',
] as const satisfies readonly (keyof SourceCounts)[];

const LINE_COUNTS = ['received', 'unparsed', 'shed', 'quarantined'] as const;
/** What speaks of trouble as soon as it is not zero. */
const LOSSES: ReadonlySet<keyof SourceCounts> = new Set(['shed', 'quarantined']);

export function CountsPanel({ source }: { source: Source }) {
  const { t, i18n } = useTranslation();
  const { counts } = source;
  if (!counts) return null;
  const isSyslog = source.kind === 'syslog';
  const names = isSyslog ? [...LINE_COUNTS, ...COUNTS.filter((name) => !isLineCount(name))] : COUNTS;
  return (
    <Panel title={t('sources.section.counts')} isFlush>
      <dl className={classes.counts}>
        {names.map((name) => {
          const text = formatNumber(counts[name], i18n.language);
          const isLoss = LOSSES.has(name) && counts[name] > 0;
          return (
            <div key={name}>
              <dd className={isLoss ? classes.warn : undefined}>
                {name === 'quarantined' && isLoss ? (
                  <Link to="/quarantine" search={{ source_id: source.id }}>
                    {text}
                  </Link>
                ) : (
                  text
                )}
              </dd>
              <dt>{t(`sources.count.${name}`)}</dt>
            </div>
          );
        })}
      </dl>
    </Panel>
  );
}

const isLineCount = (name: string) => (LINE_COUNTS as readonly string[]).includes(name);

export function MappingPanel({ source }: { source: Source }) {
  const { t } = useTranslation();
  const words = mappingWords(source.kind, t);
  return (
    <Panel title={words.title}>
      <ul className={classes.mappingList}>
        {source.organizations.map((row) => (
          <li key={row.match ?? ''}>
            {row.match === null ? (
              <em className={classes.dim}>{words.none}</em>
            ) : (
              <span className="mono">{row.match}</span>
            )}
            <span aria-hidden>→</span>
            {row.organization_name}
          </li>
        ))}
      </ul>
    </Panel>
  );
}

export function SettingsPanel({ source }: { source: Source }) {
  const { t, i18n } = useTranslation();
  const number = (value: number) => formatNumber(value, i18n.language);
  const { silent_after_minutes: silence, zone_offset_minutes: zone } = source;
  const sender = [
    {
      label: t('sources.networks.label'),
      value: source.is_shared ? (
        <span className={classes.dim}>{t('sources.shared')}</span>
      ) : (
        <span className={classes.networks}>
          {source.networks.map((network) => (
            <span key={network} className="mono">
              {network}
            </span>
          ))}
        </span>
      ),
    },
    { label: t('sources.format.label'), value: source.format ? formatLabel(source.format) : t('sources.format.none') },
  ];
  const token = [
    { label: t('sources.token.label'), value: <span className="mono">…{source.token_hint}</span> },
    { label: t('sources.token.created'), value: <RelativeTime at={source.token_created_at} isLong /> },
  ];
  const isSyslog = source.kind === 'syslog';
  return (
    <Panel title={t('sources.section.settings')}>
      <Facts
        items={[
          { label: t('sources.kind_label'), value: t(`sources.kind.${source.kind}`) },
          ...(isSyslog ? sender : []),
          { label: t('sources.zone'), value: zone == null ? t('sources.zone_none') : zoneText(zone) },
          {
            label: t('sources.silence.after'),
            value: silence == null ? t('sources.silence.none') : lengthText(silence * 60, i18n.language),
          },
          {
            label: t('sources.storm'),
            value: source.storm_limit == null ? t('sources.storm_none') : number(source.storm_limit),
          },
          ...(isSyslog ? [] : token),
        ]}
      />
    </Panel>
  );
}
