import { useMemo } from 'react';
import { useMe } from './permissions';

/** Names the organizations the person belongs to; an em dash for another or for none. */
export function useOrganizationName(): (id: string | null | undefined) => string {
  const organizations = useMe()?.organizations ?? [];
  return (id) => organizations.find((organization) => organization.id === id)?.name ?? '—';
}

/** As choices of a select. */
export function useOrganizationOptions(): { value: string; label: string }[] {
  const organizations = useMe()?.organizations;
  return useMemo(() => (organizations ?? []).map(({ id, name }) => ({ value: id, label: name })), [organizations]);
}
