import { useThrottledCallback } from '@mantine/hooks';
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import { useLiveEvents } from '@/api/live';
import type { Source, SourceMapping } from '@/api/model';
import type { BodyOf } from '@/api/operations';

const HEALTH_MS = 15_000;
const REFRESH_MS = 10_000;

export const intakeHealthQuery = queryOptions({
  queryKey: keys.other('sources', 'health'),
  queryFn: ({ signal }) => api('GET /intake/health', { signal }),
  refetchInterval: HEALTH_MS,
  retry: false,
});

/** Where syslog is listened for, by every process. */
export const listenersQuery = queryOptions({
  queryKey: keys.other('sources', 'listeners'),
  queryFn: async ({ signal }) => api('GET /listeners', { signal }),
  refetchInterval: HEALTH_MS,
});

/** Whoever sends syslog and belongs to no source. */
export const unknownSendersQuery = queryOptions({
  queryKey: keys.other('sources', 'unknown-senders'),
  queryFn: async ({ signal }) => api('GET /unknown-senders', { signal }),
  refetchInterval: HEALTH_MS,
});

/** Counts and minutes move with every delivery; the page follows at its own pace. */
export function useLiveSources(): void {
  const queryClient = useQueryClient();
  const refresh = useThrottledCallback(() => {
    void queryClient.invalidateQueries({ queryKey: keys.list('sources') });
  }, REFRESH_MS);
  useLiveEvents('sources', refresh);
  useLiveEvents('alerts', refresh);
}

function useSourceMutation<Input, Output>(mutationFn: (input: Input) => Promise<Output>) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn,
    onSuccess: () => queryClient.invalidateQueries({ queryKey: keys.all('sources') }),
  });
}

export function useCreateSource() {
  return useSourceMutation((body: BodyOf<'POST /sources'>) =>
    api('POST /sources', { body: { ...body, organizations: body.organizations.map(withoutName) } }),
  );
}

export type SourceChange = BodyOf<'PATCH /sources/{id}'>;

export function useUpdateSource(source: Source) {
  return useSourceMutation((change: SourceChange) =>
    api('PATCH /sources/{id}', {
      path: { id: source.id },
      body: change.organizations ? { ...change, organizations: change.organizations.map(withoutName) } : change,
      version: source.version,
    }),
  );
}

export function useDeleteSource() {
  return useSourceMutation((id: string) => api('DELETE /sources/{id}', { path: { id } }));
}

export function useRotateToken() {
  return useSourceMutation((id: string) => api('POST /sources/{id}/rotate-token', { path: { id } }));
}

/** The name is what the server adds; it does not take it back. */
function withoutName({ match, organization_id }: SourceMapping): SourceMapping {
  return { match, organization_id };
}
