import { useQuery } from '@tanstack/react-query';
import type { Me } from './model';
import { sessionQuery } from './queries';

/** Whether the person holds a permission, in one organization or (when none is named) in any. */
export function hasPermission(me: Me | undefined | null, permission: string, organizationId?: string): boolean {
  const organizations = me?.permissions[permission];
  if (!organizations || organizations.length === 0) return false;
  return organizationId === undefined || organizations.includes(organizationId);
}

export function useMe(): Me | undefined {
  return useQuery({ ...sessionQuery, enabled: false }).data;
}

export function useCan(permission: string, organizationId?: string): boolean {
  return hasPermission(useMe(), permission, organizationId);
}
