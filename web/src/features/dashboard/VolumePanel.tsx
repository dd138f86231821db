import { useNavigate } from '@tanstack/react-router';
import type { TFunction } from 'i18next';
import { lazy, Suspense, useCallback, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Dashboard, Level, Period } from '@/api/model';
import { formatNumber } from '@/lib/numbers';
import { EmptyState } from '@/ui/EmptyState';
import { bucketSpans, spanText, tickText } from './buckets';
import type { PickedPoint } from './Chart';
import { ChartPanel } from './ChartPanel';
import type { ChartTokens } from './chart-tokens';
import classes from './dashboard.module.css';
import { VolumeTable } from './VolumeTable';
import { STACK, STRENGTH, volumeOption } from './volume-option';

const Chart = lazy(() => import('./Chart'));
const HEIGHT = 412;

interface VolumePanelProps {
  volume: Dashboard['volume'];
  period: Period;
  organizationId: string | undefined;
}

export function VolumePanel({ volume, period, organizationId }: VolumePanelProps) {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  const spans = useMemo(() => bucketSpans(volume), [volume]);
  const total = volume.reduce((sum, bucket) => sum + STACK.reduce((part, level) => part + bucket[level], 0), 0);

  const makeOption = useCallback(
    (tokens: ChartTokens) =>
      volumeOption(
        volume,
        {
          levels: levelNames(t),
          ticks: volume.map(({ at }) => tickText(at, period, i18n.language)),
          spans: spans.map((span) => spanText(span, i18n.language)),
        },
        tokens,
      ),
    [volume, spans, period, t, i18n.language],
  );
  const openPoint = ({ seriesName, dataIndex }: PickedPoint) => {
    const span = spans[dataIndex];
    if (!span) return;
    const search = {
      created_from: span.from,
      created_to: span.to,
      severity: seriesName,
      organization_id: organizationId,
      sort: '-created_at',
    };
    void navigate({ to: '/tickets', search });
  };

  return (
    <ChartPanel
      title={t('dashboard.volume.title')}
      meta={t('dashboard.volume.total', { count: total, total: formatNumber(total, i18n.language) })}
      legend={<Legend />}
      table={<VolumeTable volume={volume} spans={spans} organizationId={organizationId} height={HEIGHT} />}
    >
      {total === 0 ? (
        <EmptyState title={t('dashboard.volume.empty')} text={t('dashboard.volume.empty_hint')} />
      ) : (
        <Suspense fallback={<div style={{ height: HEIGHT }} />}>
          <Chart description={summarise(volume, t)} height={HEIGHT} makeOption={makeOption} onPick={openPoint} />
        </Suspense>
      )}
    </ChartPanel>
  );
}

function levelNames(t: TFunction): Record<Level, string> {
  return Object.fromEntries(STACK.map((level) => [level, t(`common.level.${level}`)])) as Record<Level, string>;
}

/** The chart in a sentence, for those who do not see it. */
function summarise(volume: Dashboard['volume'], t: TFunction): string {
  const parts = STACK.map((level) => {
    const count = volume.reduce((sum, bucket) => sum + bucket[level], 0);
    return `${t(`common.level.${level}`)}: ${count}`;
  });
  return t('dashboard.volume.description', { parts: parts.join(', ') });
}

function Legend() {
  const { t } = useTranslation();
  return (
    <ul className={classes.legend}>
      {STACK.map((level) => (
        <li key={level}>
          <i style={{ background: `var(--cc-${level})`, opacity: STRENGTH[level] }} aria-hidden />
          {t(`common.level.${level}`)}
        </li>
      ))}
    </ul>
  );
}
