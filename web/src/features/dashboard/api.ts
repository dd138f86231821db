import { useThrottledCallback } from '@mantine/hooks';
import { keepPreviousData, queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import { useLiveEvents } from '@/api/live';
import type { Dashboard, Period } from '@/api/model';

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

/** What came with the page is the plain last day; other choices start from nothing. */
export function useDashboard(period: Period, organizationId: string | undefined) {
  const queryClient = useQueryClient();
  const bootKey = keys.other('dashboard', 'boot');
  const isPlain = period === '24h' && !organizationId;
  return useQuery({
    ...dashboardQuery(period, organizationId),
    initialData: () => (isPlain ? queryClient.getQueryData<Dashboard>(bootKey) : undefined),
    initialDataUpdatedAt: () => queryClient.getQueryState(bootKey)?.dataUpdatedAt,
  });
}

export function useLiveDashboard(): void {
  const queryClient = useQueryClient();
  const refresh = useThrottledCallback(() => {
    void queryClient.invalidateQueries({ queryKey: ['dashboard', 'list'] });
  }, REFRESH_MS);
  useLiveEvents('tickets', refresh);
  useLiveEvents('alerts', refresh);
}
