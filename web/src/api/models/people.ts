// People, organizations, roles and the audit log, as the API tells of them.

import type { ColorScheme, Locale } from '@/api/model';

export interface UserPreferences {
  queue_columns?: string[];
  [key: string]: unknown;
}

export interface Me {
  user: {
    id: string;
    email: string;
    display_name: string;
    locale: Locale | null;
    color_scheme: ColorScheme | null;
    preferences: UserPreferences;
  };
  must_change_password: boolean;
  permissions: Record<string, string[]>;
  organizations: OrganizationRef[];
  roles: { organization_id: string | null; role: string }[];
  session: { id: string; created_at: string; expires_at: string; idle_expires_at: string };
}

export interface OrganizationRef {
  id: string;
  name: string;
  slug: string;
}

export interface Organization extends OrganizationRef {
  created_at: string;
  version: number;
}

export interface SessionInfo {
  id: string;
  created_at: string;
  last_seen_at: string;
  ip: string | null;
  user_agent: string | null;
  is_current: boolean;
}

export interface Membership {
  organization_id: string | null;
  organization_name?: string | null;
  role: string;
}

export interface User {
  id: string;
  email: string;
  display_name: string;
  is_active: boolean;
  must_change_password: boolean;
  last_sign_in_at: string | null;
  memberships: Membership[];
  version: number;
}

export interface PersonRef {
  id: string;
  display_name: string;
  email?: string;
}

export interface Role {
  name: string;
  description: string;
  permissions: string[];
  restrictions: string[];
}

export interface RoleMatrix {
  items: Role[];
  permissions: string[];
}

export interface Actor {
  kind: 'user' | 'source' | 'system';
  id: string | null;
  name: string;
}

export interface AuditRecord {
  id: string;
  occurred_at: string;
  organization_id: string | null;
  actor: Actor;
  action: string;
  object: { kind: string; id: string | null; reference?: string | null };
  detail: Record<string, unknown>;
  ip: string | null;
  request_id: string | null;
}

// Intake
