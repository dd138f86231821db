import type { Level } from '@/api/model';

/** What a chart paints with, read from the design tokens of the scheme that is shown. */
export interface ChartTokens {
  text: string;
  dim: string;
  line: string;
  surface: string;
  raised: string;
  accent: string;
  font: string;
  levels: Record<Level, string>;
}

export function readChartTokens(): ChartTokens {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string) => style.getPropertyValue(name).trim();
  return {
    text: token('--cc-text'),
    dim: token('--cc-text-dim'),
    line: token('--cc-line'),
    surface: token('--cc-surface'),
    raised: token('--cc-raised'),
    accent: token('--cc-accent'),
    font: token('--mantine-font-family'),
    levels: {
      critical: token('--cc-critical'),
      high: token('--cc-high'),
      medium: token('--cc-medium'),
      low: token('--cc-low'),
      informational: token('--cc-informational'),
    },
  };
}
