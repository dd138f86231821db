import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api } from './client';
import { keys } from './keys';
import type { Page } from './model';
import type { Query } from './operations';

/** Queries more than one feature needs. What only one feature asks lives in that feature. */

export const sessionQuery = queryOptions({
  queryKey: keys.session,
  queryFn: () => api('GET /session'),
  staleTime: Number.POSITIVE_INFINITY,
  retry: false,
});

export const secondFactorQuery = queryOptions({
  queryKey: keys.other('session', 'second-factor'),
  queryFn: ({ signal }) => api('GET /session/second-factor', { signal }),
});

export function assignableQuery(organizationId: string) {
  return queryOptions({
    queryKey: keys.other('users', 'assignable', { organization_id: organizationId }),
    queryFn: async () => (await api('GET /users/assignable', { query: { organization_id: organizationId } })).items,
    staleTime: 5 * 60_000,
    enabled: organizationId !== '',
  });
}

/** An endless list by cursor: `pagedQuery('assets', filters, (query, signal) => api('GET /assets', { query, signal }))`. */
export function pagedQuery<T>(
  noun: string,
  filters: Query,
  fetchPage: (query: Query, signal: AbortSignal) => Promise<Page<T>>,
) {
  return infiniteQueryOptions({
    queryKey: keys.list(noun, filters),
    queryFn: ({ pageParam, signal }) => fetchPage({ ...filters, cursor: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
}
