import { queryOptions } from '@tanstack/react-query';
import { api } from './client';
import { keys } from './keys';

/** The providers that people sign in through, as buttons name them. */
export const providersQuery = queryOptions({
  queryKey: keys.other('session', 'providers'),
  queryFn: async ({ signal }) => (await api('GET /session/providers', { signal })).items,
  staleTime: 5 * 60_000,
});
