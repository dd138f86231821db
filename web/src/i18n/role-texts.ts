import type { TFunction } from 'i18next';

/** Shipped roles have names in both languages; those of one's own policy file keep theirs. */
export function roleName(name: string, t: TFunction): string {
  return t(`users.role.${name}` as 'users.role.admin', '') || name;
}

export function roleDescription({ name, description }: { name: string; description: string }, t: TFunction): string {
  return t(`users.role_description.${name}` as 'users.role_description.admin', '') || description;
}

/** `tickets:read` is `tickets_read` among the texts, which keep the colon for themselves. */
export function permissionText(permission: string, t: TFunction): string {
  const key = permission.replace(':', '_');
  return t(`users.permission.${key}` as 'users.permission.tickets_read', '') || permission;
}

export function moduleName(module: string, t: TFunction): string {
  return t(`users.module.${module}` as 'users.module.tickets', '') || module;
}
