import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '@/api/client';
import { keys } from '@/api/keys';

const CHANGING_MS = 10_000;

/** What the installation keeps, by name; looked at again while something changes. */
export const secretsQuery = queryOptions({
  queryKey: keys.other('secrets', 'list'),
  queryFn: async ({ signal }) => (await api('GET /secrets', { signal })).items,
  refetchInterval: ({ state }) => (state.data?.some(({ standing }) => standing !== 'settled') ? CHANGING_MS : false),
});

export function useRotateSecret() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async (name: string) => (await api('POST /secrets/{name}/rotate', { path: { name } })).items,
    onSuccess: (items) => queryClient.setQueryData(secretsQuery.queryKey, items),
  });
}
