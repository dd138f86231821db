import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import { asked, type EventFilters } from './search';

export function eventsQuery(filters: EventFilters) {
  return infiniteQueryOptions({
    queryKey: keys.list('events', filters),
    queryFn: ({ pageParam, signal }) =>
      api('GET /events', { query: { ...asked(filters, Date.now()), limit: 100, cursor: pageParam }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
}

export function histogramQuery(filters: EventFilters) {
  return queryOptions({
    queryKey: keys.other('events', 'histogram', filters),
    queryFn: ({ signal }) => api('GET /events/histogram', { query: asked(filters, Date.now()), signal }),
    placeholderData: keepPreviousData,
  });
}

export function eventQuery(id: string) {
  return queryOptions({
    queryKey: keys.one('events', id),
    queryFn: ({ signal }) => api('GET /events/{id}', { path: { id }, signal }),
  });
}

/** How often a list that ends at the present asks what came since. */
const LIVE_MS = 5000;

/** What came after the newest event shown, or at all when none is; the list itself holds still. */
export function newerQuery(filters: EventFilters, isListed: boolean, newest: string | undefined) {
  return queryOptions({
    queryKey: keys.other('events', 'newer', { ...filters, newest }),
    queryFn: ({ signal }) => {
      const { from, ...rest } = asked(filters, Date.now());
      const since = newest ? new Date(Date.parse(newest) + 1).toISOString() : from;
      return api('GET /events', { query: { ...rest, from: since, limit: 200 }, signal });
    },
    enabled: isListed && !filters.to,
    refetchInterval: LIVE_MS,
  });
}
