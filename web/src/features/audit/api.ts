import { queryOptions } from '@tanstack/react-query';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import { pagedQuery } from '@/api/queries';
import { endOfDay, startOfDay } from '@/lib/day-range';
import type { AuditSearch } from './search';

export type AuditFilters = Omit<AuditSearch, 'open'>;

export function auditQuery(filters: AuditFilters) {
  return pagedQuery('audit', filters, (query, signal) =>
    api('GET /audit', { query: { ...query, from: startOfDay(filters.from), to: endOfDay(filters.to) }, signal }),
  );
}

/** How far the log is signed. */
export const checkpointQuery = queryOptions({
  queryKey: keys.other('audit', 'checkpoint'),
  queryFn: ({ signal }) => api('GET /audit/checkpoint', { signal }),
});

const FOLLOWERS_MS = 15_000;

/** Who is told of the log, and how they fare. */
export const followersQuery = queryOptions({
  queryKey: keys.other('audit', 'followers'),
  queryFn: ({ signal }) => api('GET /audit/followers', { signal }),
  refetchInterval: FOLLOWERS_MS,
});

/** Whether a record is the one that was signed; one that is new is asked for again until it is. */
export function proofQuery(id: string) {
  return queryOptions({
    queryKey: keys.part('audit', id, 'proof'),
    queryFn: ({ signal }) => api('GET /audit/{id}/proof', { path: { id }, signal }),
    refetchInterval: ({ state }) => (state.data?.state === 'pending' ? 2000 : false),
  });
}
