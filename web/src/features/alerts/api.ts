import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import type { AlertDetail, AlertPolicy } from '@/api/model';
import { pagedQuery } from '@/api/queries';
import { endOfDay, startOfDay } from '@/lib/day-range';
import type { AlertsSearch } from './search';

export type AlertFilters = Omit<AlertsSearch, 'open'>;

export function alertsQuery(filters: AlertFilters) {
  return pagedQuery('alerts', filters, (query, signal) =>
    api('GET /alerts', {
      query: { ...query, from: startOfDay(filters.from), to: endOfDay(filters.to) },
      signal,
    }),
  );
}

export function alertQuery(id: string) {
  return queryOptions({
    queryKey: keys.one('alerts', id),
    queryFn: ({ signal }) => api('GET /alerts/{id}', { path: { id }, signal }),
  });
}

export function rawQuery(id: string) {
  return queryOptions({
    queryKey: keys.part('alerts', id, 'raw'),
    queryFn: async ({ signal }) => (await api('GET /alerts/{id}/raw', { path: { id }, signal })).items,
  });
}

export const policiesQuery = queryOptions({
  queryKey: keys.list('alert-policies'),
  queryFn: async ({ signal }) => (await api('GET /alert-policies', { signal })).items,
});

export function useAcknowledge() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => api('POST /alerts/{id}/acknowledge', { path: { id } }),
    onSuccess: (_, id) => queryClient.invalidateQueries({ queryKey: keys.one('alerts', id) }),
  });
}

export function usePromote() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => api('POST /alerts/{id}/promote', { path: { id } }),
    onSuccess: (ticket, id) => {
      queryClient.setQueryData<AlertDetail>(keys.one('alerts', id), (alert) =>
        alert ? { ...alert, ticket: { id: ticket.id, reference: ticket.reference } } : alert,
      );
      return queryClient.invalidateQueries({ queryKey: keys.one('alerts', id) });
    },
  });
}

export type PolicyInput = Pick<
  AlertPolicy,
  'organization_id' | 'source_id' | 'rule_id' | 'action' | 'until' | 'reason'
>;

/** Makes a policy, or changes what an existing one does; its scope never changes. */
export function useSavePolicy(existing: AlertPolicy | null) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (input: PolicyInput) => {
      if (!existing) return api('POST /alert-policies', { body: input });
      const { action, until, reason } = input;
      return api('PATCH /alert-policies/{id}', {
        path: { id: existing.id },
        body: { action, until, reason },
        version: existing.version,
      });
    },
    onSuccess: () => queryClient.invalidateQueries({ queryKey: keys.all('alert-policies') }),
  });
}

export function useDeletePolicy() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => api('DELETE /alert-policies/{id}', { path: { id } }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: keys.all('alert-policies') }),
  });
}
