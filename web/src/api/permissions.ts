import { useQuery } from '@tanstack/react-query';
import type { Me } from './model';
import { sessionQuery } from './queries';

/** What the policies can grant; named as in the server's modules. */
export type Permission =
  | 'alerts:read'
  | 'alerts:write'
  | 'assets:export'
  | 'assets:import'
  | 'assets:read'
  | 'assets:write'
  | 'attachments:read'
  | 'attachments:write'
  | 'audit:export'
  | 'audit:read'
  | 'authorization:preview'
  | 'authorization:read'
  | 'dashboard:read'
  | 'events:read'
  | 'health:read'
  | 'keys:rotate'
  | 'mtls:read'
  | 'metrics:read'
  | 'notices:read'
  | 'organizations:read'
  | 'organizations:write'
  | 'policies:write'
  | 'quarantine:read'
  | 'quarantine:write'
  | 'roles:read'
  | 'rules:read'
  | 'rules:write'
  | 'secrets:read'
  | 'secrets:rotate'
  | 'sources:read'
  | 'sources:write'
  | 'suppressions:write'
  | 'tickets:assign'
  | 'tickets:close'
  | 'tickets:create'
  | 'tickets:export'
  | 'tickets:merge'
  | 'tickets:raw'
  | 'tickets:read'
  | 'tickets:reopen'
  | 'tickets:write'
  | 'users:read'
  | 'users:write';

/** Whether the person holds a permission, in one organization or (when none is named) in any. */
export function hasPermission(me: Me | undefined | null, permission: Permission, organizationId?: string): boolean {
  const organizations = me?.permissions[permission];
  if (!organizations || organizations.length === 0) return false;
  return organizationId === undefined || organizations.includes(organizationId);
}

/** Whether the person holds a permission in every organization, those to come included. */
export function holdsEverywhere(me: Me | undefined | null, permission: Permission): boolean {
  return me?.permissions_everywhere.includes(permission) ?? false;
}

/** Whether they may do what reaches all organizations alike; whoever may change only some items of one may not. */
export function reachesAll(me: Me | undefined | null, permission: Permission): boolean {
  return (
    holdsEverywhere(me, permission) && (me?.organizations.every(({ id }) => hasPermission(me, permission, id)) ?? false)
  );
}

export function useMe(): Me | undefined {
  return useQuery({ ...sessionQuery, enabled: false }).data;
}

export function useCan(permission: Permission, organizationId?: string): boolean {
  return hasPermission(useMe(), permission, organizationId);
}
