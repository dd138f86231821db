import { pickSearch } from '@/lib/search-params';

/** `view` is `listeners`, `senders`, or absent for the sources themselves. */
export const parseSourcesSearch = pickSearch(['view'] as const);
