import { pickSearch } from '@/lib/search-params';

const VIEWS = ['listeners', 'senders'] as const;

/** `view` is absent for the sources themselves; what is no view is none. */
export function parseSourcesSearch(search: Record<string, unknown>): { view?: (typeof VIEWS)[number] } {
  const { view } = pickSearch(['view'] as const)(search);
  const known = VIEWS.find((name) => name === view);
  return known ? { view: known } : {};
}
