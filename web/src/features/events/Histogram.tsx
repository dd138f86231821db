import { type KeyboardEvent, type PointerEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { EventHistogram } from '@/api/model';
import { formatNumber } from '@/lib/numbers';
import { clockTime, minuteTime } from '@/lib/time';
import { levelOf } from './columns';
import classes from './events.module.css';

const DAY_SECONDS = 24 * 60 * 60;
const STACK = ['unknown', 'informational', 'low', 'medium', 'high', 'critical', 'fatal'] as const;

interface HistogramProps {
  data: EventHistogram;
  onPick: (from: string, to: string) => void;
}

/** Events over time by severity; a press or a drag over it narrows the period. */
export function Histogram({ data, onPick }: HistogramProps) {
  const { t, i18n } = useTranslation();
  const bars = spread(data);
  const [drag, setDrag] = useState<{ start: number; end: number } | null>(null);
  const [at, setAt] = useState<number | null>(null);
  const most = Math.max(1, ...bars.map(({ total }) => total));
  const sum = bars.reduce((total, bar) => total + bar.total, 0);
  const first = bars[0];
  if (!first) return null;
  const axisTime = bars.length * data.bucket_seconds <= DAY_SECONDS ? clockTime : minuteTime;

  const indexAt = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const share = (event.clientX - box.left) / Math.max(1, box.width);
    return Math.min(bars.length - 1, Math.max(0, Math.floor(share * bars.length)));
  };
  const pick = (one: number, other: number) => {
    const from = bars[Math.min(one, other)];
    const to = bars[Math.max(one, other)];
    if (from && to) onPick(iso(from.second), iso(to.second + data.bucket_seconds));
  };
  const walk = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step) setAt((index) => Math.min(bars.length - 1, Math.max(0, (index ?? bars.length) + step)));
    else if (event.key === 'Enter' && at !== null) pick(at, at);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const shown = at === null ? undefined : bars[at];
  const label = shown
    ? t('events.histogram.bar', {
        at: minuteTime(iso(shown.second), i18n.language),
        total: formatNumber(shown.total, i18n.language),
      })
    : t('events.histogram.sum', { total: formatNumber(sum, i18n.language) });
  return (
    <section className={classes.histogram} aria-label={t('events.histogram.title')}>
      <div className={classes.histogramHead}>
        <span className="truncate">{label}</span>
        <span className={classes.hint}>{t('events.histogram.hint')}</span>
      </div>
      <div
        className={classes.bars}
        role="slider"
        tabIndex={0}
        aria-label={t('events.histogram.title')}
        aria-valuemin={0}
        aria-valuemax={bars.length - 1}
        aria-valuenow={at ?? bars.length - 1}
        aria-valuetext={label}
        onKeyDown={walk}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          const index = indexAt(event);
          setDrag({ start: index, end: index });
        }}
        onPointerMove={(event) => {
          const index = indexAt(event);
          setAt(index);
          setDrag((current) => current && { ...current, end: index });
        }}
        onPointerUp={() => {
          if (drag) pick(drag.start, drag.end);
          setDrag(null);
        }}
        onPointerCancel={() => setDrag(null)}
        onPointerLeave={() => setAt(null)}
        onBlur={() => setAt(null)}
      >
        {bars.map((bar, index) => (
          <span
            key={bar.second}
            className={classes.bar}
            data-active={index === at || undefined}
            data-picked={
              (drag && index >= Math.min(drag.start, drag.end) && index <= Math.max(drag.start, drag.end)) || undefined
            }
          >
            {STACK.map((severity) => {
              const count = bar.by_severity[severity];
              const level = levelOf(severity) ?? 'unknown';
              const height = `${((count ?? 0) / most) * 100}%`;
              return count ? <i key={severity} data-level={level} style={{ height }} /> : null;
            })}
          </span>
        ))}
      </div>
      <div className={classes.axis} aria-hidden>
        {[0, 0.25, 0.5, 0.75].map((share) => {
          const bar = bars[Math.floor(share * (bars.length - 1))] ?? first;
          return <span key={share}>{axisTime(iso(bar.second), i18n.language)}</span>;
        })}
      </div>
    </section>
  );
}

interface Bar {
  second: number;
  total: number;
  by_severity: Record<string, number>;
}

/** The answer leaves empty buckets out; time does not. */
function spread(data: EventHistogram): Bar[] {
  const width = data.bucket_seconds;
  const known = new Map(data.buckets.map((bucket) => [Date.parse(bucket.at) / 1000, bucket]));
  const first = Math.floor(Date.parse(data.from) / 1000 / width) * width;
  const bars: Bar[] = [];
  for (let second = first; second < Date.parse(data.to) / 1000 && bars.length < 200; second += width) {
    const bucket = known.get(second);
    bars.push({ second, total: bucket?.total ?? 0, by_severity: bucket?.by_severity ?? {} });
  }
  return bars;
}

const iso = (second: number) => new Date(second * 1000).toISOString();
