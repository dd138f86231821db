import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import { pagedQuery } from '@/api/queries';

export const noticeCountQuery = queryOptions({
  queryKey: keys.other('notices', 'count'),
  queryFn: () => api('GET /notices/count'),
  staleTime: 60_000,
});

export const noticesQuery = pagedQuery('notices', {}, (query, signal) => api('GET /notices', { query, signal }));

export function useReadNotices() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (ids?: string[]) => api('POST /notices/read', { body: { ids: ids ?? null } }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: keys.all('notices') }),
  });
}
