import { useComputedColorScheme } from '@mantine/core';
import type { EChartsCoreOption, EChartsType } from 'echarts/core';
import { useEffect, useEffectEvent, useRef } from 'react';
import { type ChartTokens, readChartTokens } from './chart-tokens';
import { init } from './echarts';

export interface PickedPoint {
  seriesName: string;
  dataIndex: number;
}

interface ChartProps {
  /** Says in a sentence what is drawn. */
  description: string;
  height: number;
  makeOption: (tokens: ChartTokens) => EChartsCoreOption;
  onPick: (point: PickedPoint) => void;
}

/** A chart that lives outside React: made once, told new options, resized with its frame. */
export default function Chart({ description, height, makeOption, onPick }: ChartProps) {
  const frame = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType>(null);
  const scheme = useComputedColorScheme('light');
  const pick = useEffectEvent((point: PickedPoint) => onPick(point));

  useEffect(() => {
    if (!frame.current) return;
    const made = init(frame.current);
    chart.current = made;
    made.on('click', (event) => {
      const { seriesName, dataIndex } = event as unknown as Partial<PickedPoint>;
      pick({ seriesName: seriesName ?? '', dataIndex: dataIndex ?? 0 });
    });
    const observer = new ResizeObserver(() => made.resize());
    observer.observe(frame.current);
    return () => {
      observer.disconnect();
      made.dispose();
      chart.current = null;
    };
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another scheme means other tokens
  useEffect(() => {
    chart.current?.setOption(makeOption(readChartTokens()), { replaceMerge: ['series'] });
  }, [makeOption, scheme]);

  return <div ref={frame} style={{ height }} role="img" aria-label={description} />;
}
