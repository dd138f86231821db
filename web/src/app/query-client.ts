import { QueryClient } from '@tanstack/react-query';
import type { Boot } from '@/api/boot';
import { ApiError } from '@/api/client';
import { keys } from '@/api/keys';

export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // Live events say when something changed; refetching on focus would move rows under the hand.
        refetchOnWindowFocus: false,
        staleTime: 30_000,
        retry: (count, error) =>
          count < 2 && (!(error instanceof ApiError) || error.status === 0 || error.status >= 500),
      },
      mutations: { retry: false },
    },
  });
}

/** What came with the page goes straight into the caches that would otherwise ask for it. */
export function seedFromBoot(queryClient: QueryClient, boot: Boot): void {
  if (boot.me) queryClient.setQueryData(keys.session, boot.me);
  if (boot.tickets) {
    queryClient.setQueryData(keys.other('tickets', 'boot'), boot.tickets);
  }
  if (boot.dashboard) queryClient.setQueryData(keys.other('dashboard', 'boot'), boot.dashboard);
}
