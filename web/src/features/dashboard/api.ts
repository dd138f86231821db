import { useThrottledCallback } from '@mantine/hooks';
import { keepPreviousData, queryOptions, useQueryClient } from '@tanstack/react-query';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import { useLiveEvents } from '@/api/live';
import type { Period } from '@/api/model';

/** Busy hours bring many changes a second; the figures need not follow each of them. */
const REFRESH_MS = 5000;

export function dashboardQuery(period: Period, organizationId: string | undefined) {
  const query = { period, organization_id: organizationId };
  return queryOptions({
    queryKey: keys.list('dashboard', query),
    queryFn: ({ signal }) => api('GET /dashboard', { query, signal }),
    // The old figures stay in place until the new ones are there, so that nothing moves.
    placeholderData: keepPreviousData,
  });
}

export function useLiveDashboard(): void {
  const queryClient = useQueryClient();
  const refresh = useThrottledCallback(() => {
    void queryClient.invalidateQueries({ queryKey: keys.all('dashboard') });
  }, REFRESH_MS);
  useLiveEvents('tickets', refresh);
  useLiveEvents('alerts', refresh);
}
