import { useThrottledCallback } from '@mantine/hooks';
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import { useLiveEvents } from '@/api/live';
import { pagedQuery } from '@/api/queries';
import type { QuarantineSearch } from './search';

export function quarantineQuery(filters: QuarantineSearch) {
  return pagedQuery('quarantine', filters, (query, signal) => api('GET /quarantine', { query, signal }));
}

export function quarantineItemQuery(id: string) {
  return queryOptions({
    queryKey: keys.one('quarantine', id),
    queryFn: ({ signal }) => api('GET /quarantine/{id}', { path: { id }, signal }),
  });
}

export function useLiveQuarantine(): void {
  const queryClient = useQueryClient();
  const refresh = useThrottledCallback(() => {
    void queryClient.invalidateQueries({ queryKey: keys.all('quarantine') });
  }, 5000);
  useLiveEvents('quarantine', refresh);
}

function useSettling<Input>(mutationFn: (input: Input) => Promise<unknown>) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn,
    onSuccess: () => queryClient.invalidateQueries({ queryKey: keys.all('quarantine') }),
  });
}

export function useReplay() {
  return useSettling((id: string) => api('POST /quarantine/{id}/replay', { path: { id } }));
}

export function useDiscard() {
  return useSettling(({ id, reason }: { id: string; reason: string }) =>
    api('POST /quarantine/{id}/discard', { path: { id }, body: { reason } }),
  );
}
