import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import type { Organization } from '@/api/model';

export const organizationsQuery = queryOptions({
  queryKey: keys.list('organizations'),
  queryFn: async ({ signal }) => (await api('GET /organizations', { query: { limit: 200 }, signal })).items,
});

export function useSaveOrganization(existing: Organization | null) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ name, slug }: { name: string; slug: string }) =>
      existing
        ? api('PATCH /organizations/{id}', {
            path: { id: existing.id },
            body: { name: name.trim() },
            version: existing.version,
          })
        : api('POST /organizations', { body: { name: name.trim(), slug: slug || undefined } }),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: keys.all('organizations') });
      // The names everywhere else come with the session.
      queryClient.setQueryData(keys.session, await api('GET /session'));
    },
  });
}
