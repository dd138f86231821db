import { queryOptions } from '@tanstack/react-query';
import { api } from '@/api/client';
import { keys } from '@/api/keys';

/** As often as each process reports. */
const REFRESH_MS = 20_000;

/** How the installation is; what is shown stays until the next answer is there. */
export const statusQuery = queryOptions({
  queryKey: keys.other('status', 'installation'),
  queryFn: ({ signal }) => api('GET /status', { signal }),
  refetchInterval: REFRESH_MS,
});
