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

/** One colour laid over another, `share` of it; both as `#rrggbb`. What is behind must not shine through a bar. */
export function blend(colour: string, ground: string, share: number): string {
  const part = (text: string, at: number) => Number.parseInt(text.slice(at, at + 2), 16);
  const mixed = [1, 3, 5].map((at) => Math.round(part(colour, at) * share + part(ground, at) * (1 - share)));
  return mixed.some(Number.isNaN) ? colour : `rgb(${mixed.join(',')})`;
}
