import { queryOptions } from '@tanstack/react-query';
import { api } from './client';
import { keys } from './keys';

/** Why a rule of ours made an alert; `null` for alerts that came from elsewhere. */
export const reasonsQuery = (alertId: string) =>
  queryOptions({
    queryKey: keys.part('alerts', alertId, 'why'),
    queryFn: ({ signal }) => api('GET /alerts/{id}/why', { path: { id: alertId }, signal }),
  });

export const ruleQuery = (id: string) =>
  queryOptions({
    queryKey: keys.one('rules', id),
    queryFn: ({ signal }) => api('GET /rules/{id}', { path: { id }, signal }),
  });

/** The rules there are, for choosing one: the first by title, where there are more. */
export const rulesToChooseQuery = queryOptions({
  queryKey: keys.other('rules', 'to-choose', {}),
  queryFn: async ({ signal }) => (await api('GET /rules', { query: { limit: 200 }, signal })).items,
});
