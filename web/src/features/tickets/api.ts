import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import type { Page, TicketSummary } from '@/api/model';
import type { Query } from '@/api/operations';
import { sameFilters } from './search';

/** The first page is what is seen; the next ones are fetched while somebody scrolls, so fewer and larger. */
export const PAGE_SIZE = 100;
const NEXT_PAGE_SIZE = 200;

/** Days as people choose them become moments, in their own zone; the last day counts whole. */
export function toQuery(filters: Query): Query {
  return { ...filters, created_from: moment(filters.created_from, 0), created_to: moment(filters.created_to, 1) };
}

function moment(day: Query[string], daysLater: number): string | undefined {
  if (typeof day !== 'string' || day === '') return undefined;
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day);
  if (!parts) return day;
  return new Date(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3]) + daysLater).toISOString();
}

/** When the first page of each list was loaded, in milliseconds: what came later is new to the person. */
const loadedAt = new Map<string, number>();

export function markListLoaded(filters: Query): void {
  loadedAt.set(JSON.stringify(filters), Date.now());
}

export function listLoadedAt(filters: Query): number | undefined {
  return loadedAt.get(JSON.stringify(filters));
}

/** The queue never refetches by itself: what is under the hand stays. New rows wait to be asked for. */
export function queueQuery(filters: Query) {
  return infiniteQueryOptions({
    queryKey: keys.list('tickets', filters),
    queryFn: ({ pageParam, signal }) => {
      if (pageParam === null) markListLoaded(filters);
      return api('GET /tickets', {
        query: { ...toQuery(filters), limit: pageParam === null ? PAGE_SIZE : NEXT_PAGE_SIZE, cursor: pageParam },
        signal,
      });
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page: Page<TicketSummary>) => page.next_cursor,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 10 * 60_000,
  });
}

export function ticketCountQuery(filters: Query) {
  const { sort: _, ...rest } = filters;
  return queryOptions({
    queryKey: keys.other('tickets', 'count', rest),
    queryFn: ({ signal }) => api('GET /tickets/count', { query: toQuery(rest), signal }),
    staleTime: 15_000,
  });
}

export function ticketQuery(id: string) {
  return queryOptions({
    queryKey: keys.one('tickets', id),
    queryFn: ({ signal }) => api('GET /tickets/{id}', { path: { id }, signal }),
    staleTime: 30_000,
  });
}

export function activityQuery(id: string) {
  return infiniteQueryOptions({
    queryKey: keys.part('tickets', id, 'activity'),
    queryFn: ({ pageParam, signal }) =>
      api('GET /tickets/{id}/activity', { path: { id }, query: { limit: 100, cursor: pageParam }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
}

export function ticketAlertsQuery(id: string) {
  return infiniteQueryOptions({
    queryKey: keys.part('tickets', id, 'alerts'),
    queryFn: ({ pageParam, signal }) =>
      api('GET /tickets/{id}/alerts', { path: { id }, query: { limit: 25, cursor: pageParam }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
}

export function similarQuery(id: string) {
  return queryOptions({
    queryKey: keys.part('tickets', id, 'similar'),
    queryFn: async ({ signal }) => (await api('GET /tickets/{id}/similar', { path: { id }, signal })).items,
    staleTime: 5 * 60_000,
  });
}

export function attachmentsQuery(id: string) {
  return queryOptions({
    queryKey: keys.part('tickets', id, 'attachments'),
    queryFn: async ({ signal }) => (await api('GET /tickets/{id}/attachments', { path: { id }, signal })).items,
  });
}

export function rawQuery(id: string) {
  return queryOptions({
    queryKey: keys.part('tickets', id, 'raw'),
    queryFn: async ({ signal }) => (await api('GET /tickets/{id}/raw', { path: { id }, signal })).items,
    staleTime: 5 * 60_000,
  });
}

export const viewsQuery = queryOptions({
  queryKey: keys.list('views'),
  queryFn: async ({ signal }) => (await api('GET /views', { signal })).items,
  staleTime: 60_000,
});

/** The page that came with the document, if it is what these filters ask for. */
export function bootPage(
  page: Page<TicketSummary> | undefined,
  filters: Query,
): { pages: Page<TicketSummary>[]; pageParams: (string | null)[] } | undefined {
  if (!page || !sameFilters(filters)) return undefined;
  const isOpen = page.items.every(({ stage }) => stage !== 'resolved' && stage !== 'closed');
  if (!isOpen) return undefined;
  markListLoaded(filters);
  return { pages: [page], pageParams: [null] };
}
