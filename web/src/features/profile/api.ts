import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import type { ColorScheme, Locale } from '@/api/model';
import { secondFactorQuery } from '@/api/queries';

export const sessionsQuery = queryOptions({
  queryKey: keys.other('session', 'list'),
  queryFn: async ({ signal }) => (await api('GET /session/list', { signal })).items,
});

export const linksQuery = queryOptions({
  queryKey: keys.other('session', 'links'),
  queryFn: ({ signal }) => api('GET /session/links', { signal }),
});

/** Leaves for the provider; the page that one comes back to links the account. */
export function useBeginLink() {
  return useMutation({
    mutationFn: (id: string) => api('POST /session/links/{id}', { path: { id } }),
    onSuccess: ({ authorization_url }) => window.location.assign(authorization_url),
  });
}

export function useUnlink() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => api('DELETE /session/links/{id}', { path: { id } }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: linksQuery.queryKey }),
  });
}

export function useRenewCodes() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () => api('POST /session/second-factor/recovery-codes'),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: secondFactorQuery.queryKey }),
  });
}

/** Without the last one a role may ask for another before anything else. */
function useRemoval<Variables>(remove: (variables: Variables) => Promise<unknown>) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: remove,
    onSuccess: async () => {
      queryClient.setQueryData(keys.session, await api('GET /session'));
      await queryClient.invalidateQueries({ queryKey: secondFactorQuery.queryKey });
    },
  });
}

export function useRemoveApp() {
  return useRemoval<void>(() => api('DELETE /session/second-factor/totp'));
}

export function useRemovePasskey() {
  return useRemoval((id: string) => api('DELETE /session/second-factor/passkeys/{id}', { path: { id } }));
}

export function useRenamePasskey() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ id, name }: { id: string; name: string }) =>
      api('PATCH /session/second-factor/passkeys/{id}', { path: { id }, body: { name } }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: secondFactorQuery.queryKey }),
  });
}

export function useRevokeSession() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => api('DELETE /session/list/{id}', { path: { id } }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: sessionsQuery.queryKey }),
  });
}

export function useSavePreferences() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (body: { locale?: Locale; color_scheme?: ColorScheme }) => api('PATCH /session/preferences', { body }),
    onSuccess: (me) => queryClient.setQueryData(keys.session, me),
  });
}

export function useChangePassword() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (body: { current_password: string; new_password: string }) => api('POST /session/password', { body }),
    onSuccess: async () => {
      // The change may have opened a fresh session and ended the others.
      queryClient.setQueryData(keys.session, await api('GET /session'));
      await queryClient.invalidateQueries({ queryKey: sessionsQuery.queryKey });
    },
  });
}
