/**
 * Filters live in the address as plain text: `?severity=high,critical&sort=-urgency`.
 * Every value is a string; an empty one is absent.
 */
export type SearchParams = Record<string, string | undefined>;

export function parseSearch(text: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(text));
}

export function stringifySearch(search: Record<string, unknown>): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(search)) {
    if (value !== undefined && value !== null && value !== '') params.set(key, String(value));
  }
  const text = params.toString().replaceAll('%2C', ',').replaceAll('%3A', ':');
  return text ? `?${text}` : '';
}

export function splitList(value: string | undefined): string[] {
  return value ? value.split(',').filter(Boolean) : [];
}

export function joinList(values: readonly string[]): string | undefined {
  return values.length > 0 ? values.join(',') : undefined;
}

/** Keeps the named keys as strings and drops the rest: the `validateSearch` of a list page. */
export function pickSearch<K extends string>(names: readonly K[]) {
  return (search: Record<string, unknown>): { [key in K]?: string } => {
    const picked: { [key in K]?: string } = {};
    for (const name of names) {
      const value = search[name];
      if (typeof value === 'string' && value !== '') picked[name] = value;
      else if (typeof value === 'number') picked[name] = String(value);
    }
    return picked;
  };
}
