import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import type { Membership, User } from '@/api/model';
import type { BodyOf } from '@/api/operations';
import { pagedQuery } from '@/api/queries';

export const usersQuery = pagedQuery('users', { limit: 200 }, (query, signal) => api('GET /users', { query, signal }));

export const rolesQuery = queryOptions({
  queryKey: keys.list('roles'),
  queryFn: ({ signal }) => api('GET /roles', { signal }),
  staleTime: 5 * 60_000,
});

function useUserMutation<Input, Output>(mutationFn: (input: Input) => Promise<Output>) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn,
    onSuccess: () => queryClient.invalidateQueries({ queryKey: keys.all('users') }),
  });
}

export function useCreateUser() {
  return useUserMutation((body: BodyOf<'POST /users'>) =>
    api('POST /users', { body: { ...body, memberships: body.memberships.map(withoutName) } }),
  );
}

export function useUpdateUser(user: User) {
  return useUserMutation((change: BodyOf<'PATCH /users/{id}'>) =>
    api('PATCH /users/{id}', {
      path: { id: user.id },
      body: change.memberships ? { ...change, memberships: change.memberships.map(withoutName) } : change,
      version: user.version,
    }),
  );
}

export function useResetPassword() {
  return useUserMutation((id: string) => api('POST /users/{id}/reset-password', { path: { id } }));
}

export function useResetSecondFactor() {
  return useUserMutation((id: string) => api('DELETE /users/{id}/second-factor', { path: { id } }));
}

export function userSessionsQuery(id: string) {
  return queryOptions({
    queryKey: keys.part('users', id, 'sessions'),
    queryFn: async ({ signal }) => (await api('GET /users/{id}/sessions', { path: { id }, signal })).items,
  });
}

export function useEndSession(id: string) {
  return useUserMutation((session: string) =>
    api('DELETE /users/{id}/sessions/{session_id}', { path: { id, session_id: session } }),
  );
}

/** The name is what the server adds; it does not take it back. */
function withoutName({ organization_id, role }: Membership): Membership {
  return { organization_id, role };
}
