import { queryOptions } from '@tanstack/react-query';
import { api } from './client';
import { keys } from './keys';

/** Every source there is: few by nature, so one page holds them. */
export const sourcesQuery = queryOptions({
  queryKey: keys.list('sources'),
  queryFn: async ({ signal }) => (await api('GET /sources', { query: { limit: 200 }, signal })).items,
});
