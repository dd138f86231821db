import type { Dashboard, Period } from '@/api/model';

export interface Span {
  from: string;
  to: string;
}

const withoutFraction = (date: Date) => date.toISOString().replace(/\.\d+Z$/, 'Z');

/** Each bucket reaches to the next; the last as far as its neighbours are wide. */
export function bucketSpans(volume: Dashboard['volume']): Span[] {
  const starts = volume.map(({ at }) => Date.parse(at));
  const width = starts.length > 1 ? (starts[1] as number) - (starts[0] as number) : 3_600_000;
  return starts.map((start, index) => ({
    from: withoutFraction(new Date(start)),
    to: withoutFraction(new Date(starts[index + 1] ?? start + width)),
  }));
}

export function tickText(at: string, period: Period, locale: string): string {
  const options: Intl.DateTimeFormatOptions =
    period === '24h'
      ? { hour: '2-digit', minute: '2-digit' }
      : period === '7d'
        ? { weekday: 'short', day: 'numeric' }
        : { day: 'numeric', month: 'short' };
  return new Intl.DateTimeFormat(locale, options).format(new Date(at));
}

export function spanText({ from, to }: Span, locale: string): string {
  const isLong = Date.parse(to) - Date.parse(from) >= 86_400_000;
  const format = new Intl.DateTimeFormat(
    locale,
    isLong
      ? { day: 'numeric', month: 'short' }
      : { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' },
  );
  return format.formatRange(new Date(from), new Date(to));
}
