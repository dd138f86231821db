const formats = new Map<string, Intl.NumberFormat>();
const shares = new Map<string, Intl.NumberFormat>();

export function formatNumber(value: number, locale: string): string {
  let format = formats.get(locale);
  if (!format) {
    // Spanish leaves four digits ungrouped by default; columns align better when every thousand is grouped.
    format = new Intl.NumberFormat(locale, { useGrouping: 'always' } as Intl.NumberFormatOptions);
    formats.set(locale, format);
  }
  return format.format(value);
}

/** "10,000+" when the server stopped counting. */
export function formatCount(count: { count: number; is_exact: boolean }, locale: string): string {
  return `${formatNumber(count.count, locale)}${count.is_exact ? '' : '+'}`;
}

/** A part of a whole from 0 to 1, as "3.4 %"; a part that is there is never shown as none, nor most of it as all. */
export function formatShare(share: number, locale: string): string {
  const shown = share > 0 && share < 1 ? Math.min(Math.max(share, 0.001), 0.999) : share;
  const digits = shown < 0.1 || shown > 0.99 ? 1 : 0;
  const key = `${locale} ${digits}`;
  const format = shares.get(key) ?? new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: digits });
  shares.set(key, format);
  return format.format(shown);
}

/** A field for a number that may be left empty. */
export const numberOrNull = (value: number | string) => (value === '' ? null : Number(value));

export function formatBytes(bytes: number, locale: string): string {
  const units = ['B', 'kB', 'MB', 'GB'];
  let size = bytes;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${new Intl.NumberFormat(locale, { maximumFractionDigits: size < 10 && unit > 0 ? 1 : 0 }).format(size)} ${units[unit]}`;
}
