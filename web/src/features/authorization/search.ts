import { pickSearch } from '@/lib/search-params';

const VIEWS = ['why', 'preview'] as const;

/** `view` is absent for the operations; what is no view is none. */
export function parsePermissionsSearch(search: Record<string, unknown>): { view?: (typeof VIEWS)[number] } {
  const { view } = pickSearch(['view'] as const)(search);
  const known = VIEWS.find((name) => name === view);
  return known ? { view: known } : {};
}
