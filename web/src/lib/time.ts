const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const formatters = new Map<string, Intl.DateTimeFormat | Intl.RelativeTimeFormat | Intl.NumberFormat>();

function cached<T extends Intl.DateTimeFormat | Intl.RelativeTimeFormat | Intl.NumberFormat>(
  key: string,
  make: () => T,
): T {
  const found = formatters.get(key) as T | undefined;
  if (found) return found;
  const made = make();
  formatters.set(key, made);
  return made;
}

/** "3 min", "2 h", "5 d": what fits a column. Older than 30 days becomes a date. */
export function shortAge(iso: string, now: number, locale: string): string {
  const seconds = Math.max(0, Math.round((now - Date.parse(iso)) / 1000));
  if (seconds < 5) return locale === 'es' ? 'ahora' : 'now';
  if (seconds < MINUTE) return `${seconds} s`;
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)} min`;
  if (seconds < DAY) return `${Math.floor(seconds / HOUR)} h`;
  if (seconds < 30 * DAY) return `${Math.floor(seconds / DAY)} d`;
  return columnDate(iso, now, locale);
}

/** "3 minutes ago", for sentences and screen readers. */
export function longAge(iso: string, now: number, locale: string): string {
  const distance = Math.round((Date.parse(iso) - now) / 1000);
  // Our clock ticks in steps and the server's is not ours: what has just happened is not in the future.
  const seconds = distance > 0 && distance < 30 ? 0 : distance;
  const format = cached(`rel ${locale}`, () => new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }));
  const size = Math.abs(seconds);
  if (size < MINUTE) return format.format(seconds, 'second');
  if (size < HOUR) return format.format(Math.trunc(seconds / MINUTE), 'minute');
  if (size < DAY) return format.format(Math.trunc(seconds / HOUR), 'hour');
  return format.format(Math.trunc(seconds / DAY), 'day');
}

export function shortDate(iso: string, locale: string): string {
  return cached(`date ${locale}`, () => new Intl.DateTimeFormat(locale, { dateStyle: 'medium' })).format(new Date(iso));
}

/** "30 Sep", as wide as a column has room for; the year only where it is another. */
function columnDate(iso: string, now: number, locale: string): string {
  const date = new Date(iso);
  const isThisYear = date.getFullYear() === new Date(now).getFullYear();
  const options: Intl.DateTimeFormatOptions = isThisYear
    ? { day: 'numeric', month: 'short' }
    : { month: 'short', year: 'numeric' };
  return cached(`column ${locale} ${isThisYear}`, () => new Intl.DateTimeFormat(locale, options)).format(date);
}

/** Local date and time with seconds and zone, for titles and detail. */
export function fullTime(iso: string, locale: string): string {
  return cached(
    `full ${locale}`,
    () =>
      new Intl.DateTimeFormat(locale, {
        year: 'numeric',
        month: 'short',
        day: '2-digit',
        hour: '2-digit',
        minute: '2-digit',
        second: '2-digit',
        hourCycle: 'h23',
        timeZoneName: 'short',
      }),
  ).format(new Date(iso));
}

/** "21 Nov, 08:50": where there is no room for more and the year goes without saying. */
export function minuteTime(iso: string, locale: string): string {
  return cached(
    `minute ${locale}`,
    () =>
      new Intl.DateTimeFormat(locale, {
        day: 'numeric',
        month: 'short',
        hour: '2-digit',
        minute: '2-digit',
        hourCycle: 'h23',
      }),
  ).format(new Date(iso));
}

/** "08:50": where the day goes without saying too. */
export function clockTime(iso: string, locale: string): string {
  return cached(
    `clock ${locale}`,
    () => new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
  ).format(new Date(iso));
}

/** "08:50:07", which has its day beside it. */
export function secondTime(iso: string, locale: string): string {
  return cached(
    `second ${locale}`,
    () => new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }),
  ).format(new Date(iso));
}

/** "21 Nov", as wide on every day. */
export function dayDate(iso: string, locale: string): string {
  return cached(`day ${locale}`, () => new Intl.DateTimeFormat(locale, { day: '2-digit', month: 'short' })).format(
    new Date(iso),
  );
}

const SPANS = [
  [DAY, 'day'],
  [HOUR, 'hour'],
  [MINUTE, 'minute'],
] as const;

/** "45 s", "5 min", "30 days": a length that somebody set, in the largest unit that it is a whole number of. */
export function lengthText(seconds: number, locale: string): string {
  const [size, unit] = SPANS.find(([each]) => seconds > 0 && seconds % each === 0) ?? [1, 'second'];
  const make = () => new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'short' });
  return cached(`span ${locale} ${unit}`, make).format(seconds / size);
}

/** "1 h 20 min"; null becomes an em dash. */
export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return '—';
  if (seconds < MINUTE) return `${Math.round(seconds)} s`;
  if (seconds < HOUR) return `${Math.round(seconds / MINUTE)} min`;
  const hours = Math.floor(seconds / HOUR);
  if (hours < 48) return `${hours} h ${Math.round((seconds % HOUR) / MINUTE)} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
