import { useMemo } from 'react';
import { hasPermission, type Permission, useMe } from './permissions';

/** Names the organizations the person belongs to; an em dash for another or for none. */
export function useOrganizationName(): (id: string | null | undefined) => string {
  const organizations = useMe()?.organizations ?? [];
  return (id) => organizations.find((organization) => organization.id === id)?.name ?? '—';
}

export interface OrganizationOption {
  value: string;
  label: string;
}

/** As choices of a select: all that the person belongs to, or those where they have one of these permissions. */
export function useOrganizationOptions(...permissions: Permission[]): OrganizationOption[] {
  const me = useMe();
  const asked = permissions.join(' ');
  return useMemo(() => {
    const names = asked.split(' ').filter(Boolean) as Permission[];
    const isOffered = (id: string) => names.length === 0 || names.some((name) => hasPermission(me, name, id));
    return (me?.organizations ?? [])
      .filter(({ id }) => isOffered(id))
      .map(({ id, name }) => ({ value: id, label: name }));
  }, [me, asked]);
}

/** What may be chosen where something stands already: that too, for it may be another's to change. */
export function choicesBeside(
  standing: string | null,
  offered: readonly OrganizationOption[],
  all: readonly OrganizationOption[],
): OrganizationOption[] {
  return all.filter(({ value }) => value === standing || offered.some((option) => option.value === value));
}

/** What a form begins with: the organization one comes from where it may be chosen, or else the first that may. */
export function firstChoice(options: readonly OrganizationOption[], from?: string | null): string {
  const [first] = options;
  return options.find(({ value }) => value === from)?.value ?? first?.value ?? '';
}
