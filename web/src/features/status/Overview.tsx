import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ProcessStatus, SignInStep } from '@/api/model';
import { formatBytes, formatNumber, formatShare } from '@/lib/numbers';
import { latencyText, together, totals } from './figures';
import classes from './status.module.css';

interface OverviewProps {
  steps: readonly SignInStep[];
  processes: readonly ProcessStatus[];
}

/** Four figures of the whole installation, each with what it is to be compared with. */
export function Overview({ steps, processes }: OverviewProps) {
  const { t, i18n } = useTranslation();
  const locale = i18n.language;
  const { failed, all } = totals(steps);
  const { count, residentBytes, cpuShare, connectionsUsed, connectionsMost, slowest } = together(processes);
  const ofAll = { share: formatShare(failed / Math.max(1, all), locale), total: formatNumber(all, locale) };
  const cpu = t('status.tile.cpu', { share: formatShare(cpuShare, locale) });
  return (
    <dl className={classes.tiles}>
      <Tile
        label={t('status.tile.failed')}
        value={formatNumber(failed, locale)}
        note={all > 0 ? t('status.tile.failed_share', ofAll) : t('status.tile.nobody')}
      />
      <Tile
        label={t('status.tile.latency')}
        value={latencyText(slowest?.figures?.latency_p95, locale)}
        note={slowest ? t('status.tile.slowest', { host: slowest.host }) : t('status.tile.unasked')}
      />
      <Tile
        label={t('status.tile.connections')}
        value={formatNumber(connectionsUsed, locale)}
        note={t('status.tile.connections_most', { most: formatNumber(connectionsMost, locale) })}
      />
      <Tile
        label={t('status.tile.memory')}
        value={formatBytes(residentBytes, locale)}
        note={`${t('status.tile.processes', { count })} · ${cpu}`}
      />
    </dl>
  );
}

function Tile({ label, value, note }: { label: string; value: string; note: ReactNode }) {
  return (
    <div className={classes.tile}>
      <dt>{label}</dt>
      <dd className={classes.value}>{value}</dd>
      <dd className={classes.note}>{note}</dd>
    </div>
  );
}
