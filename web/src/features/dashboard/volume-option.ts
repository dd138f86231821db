import type { EChartsCoreOption } from 'echarts/core';
import type { Dashboard, Level } from '@/api/model';
import { blend, type ChartTokens } from './chart-tokens';

/** From the bottom of the stack up: the gravest sits on the axis, where heights compare best. */
export const STACK: readonly Level[] = ['critical', 'high', 'medium', 'low', 'informational'];

/** The lighter the level, the fainter its part: what is grave stands out of a tall bar. */
export const STRENGTH: Record<Level, number> = { critical: 1, high: 0.92, medium: 0.72, low: 0.5, informational: 0.36 };

interface VolumeTexts {
  levels: Record<Level, string>;
  ticks: string[];
  spans: string[];
}

export function volumeOption(volume: Dashboard['volume'], texts: VolumeTexts, tokens: ChartTokens): EChartsCoreOption {
  const axisText = { color: tokens.dim, fontFamily: tokens.font, fontSize: 11 };
  return {
    animation: false,
    aria: { enabled: false },
    grid: { left: 8, right: 12, top: 12, bottom: 4, containLabel: true },
    tooltip: {
      trigger: 'axis',
      axisPointer: { type: 'shadow', shadowStyle: { color: tokens.accent, opacity: 0.08 } },
      backgroundColor: tokens.raised,
      borderColor: tokens.line,
      padding: [8, 12],
      textStyle: { color: tokens.text, fontFamily: tokens.font, fontSize: 12 },
      extraCssText: 'box-shadow:none;border-radius:6px',
      formatter: (points: unknown) => tooltipText(points as TooltipPoint[], texts),
    },
    xAxis: {
      type: 'category',
      data: texts.ticks,
      axisTick: { show: false },
      axisLine: { lineStyle: { color: tokens.line } },
      axisLabel: {
        ...axisText,
        hideOverlap: true,
        // Several buckets of a day carry its name once.
        interval: (index: number) => texts.ticks[index] !== texts.ticks[index - 1],
      },
    },
    yAxis: {
      type: 'value',
      minInterval: 1,
      splitNumber: 4,
      axisLabel: axisText,
      splitLine: { lineStyle: { color: tokens.line } },
    },
    series: STACK.map((level) => ({
      type: 'bar',
      name: level,
      stack: 'severity',
      barCategoryGap: '22%',
      itemStyle: {
        color: blend(tokens.levels[level], tokens.surface, STRENGTH[level]),
        borderColor: tokens.surface,
        borderWidth: 0.75,
      },
      emphasis: { disabled: true },
      cursor: 'pointer',
      data: volume.map((bucket) => bucket[level]),
    })),
  };
}

interface TooltipPoint {
  seriesName: Level;
  dataIndex: number;
  value: number;
  color: string;
}

function tooltipText(points: TooltipPoint[], texts: VolumeTexts): string {
  const first = points[0];
  if (!first) return '';
  const rows = points
    .filter((point) => point.value > 0)
    .map(
      ({ seriesName, value, color }) =>
        `<div style="display:flex;gap:8px;align-items:center"><i style="width:8px;height:8px;border-radius:2px;background:${color}"></i>${texts.levels[seriesName]}<b style="margin-left:auto;padding-left:16px">${value}</b></div>`,
    );
  return `<div style="margin-bottom:4px">${texts.spans[first.dataIndex] ?? ''}</div>${rows.join('') || '0'}`;
}
