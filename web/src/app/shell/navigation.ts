import {
  IconAlertSquareRounded,
  IconBuilding,
  IconChartBar,
  IconHeartbeat,
  IconHistory,
  IconInbox,
  IconKey,
  IconListSearch,
  IconLockCog,
  IconPlugConnected,
  IconRadar2,
  IconServer2,
  IconShieldCheck,
  IconShieldQuestion,
  IconUsers,
  type TablerIcon,
} from '@tabler/icons-react';
import { useLocation } from '@tanstack/react-router';
import type { Me } from '@/api/model';
import { hasPermission, holdsEverywhere, type Permission } from '@/api/permissions';

export interface NavigationItem {
  to:
    | '/dashboard'
    | '/tickets'
    | '/alerts'
    | '/assets'
    | '/events'
    | '/sources'
    | '/rules'
    | '/quarantine'
    | '/users'
    | '/permissions'
    | '/roles'
    | '/organizations'
    | '/secrets'
    | '/status'
    | '/audit';
  name:
    | 'dashboard'
    | 'queue'
    | 'alerts'
    | 'assets'
    | 'events'
    | 'sources'
    | 'rules'
    | 'quarantine'
    | 'users'
    | 'permissions'
    | 'roles'
    | 'organizations'
    | 'secrets'
    | 'status'
    | 'audit';
  icon: TablerIcon;
  permission: Permission;
  /** Where the path of a page of its own does not begin with `to`. */
  also?: '/alert-policies';
  /** It is of the whole installation: for who holds the permission in all of it. */
  isEverywhere?: boolean;
}

export interface NavigationSection {
  name: 'work' | 'intake' | 'administration';
  items: NavigationItem[];
}

const SECTIONS: NavigationSection[] = [
  {
    name: 'work',
    items: [
      { to: '/tickets', name: 'queue', icon: IconInbox, permission: 'tickets:read' },
      {
        to: '/alerts',
        name: 'alerts',
        icon: IconAlertSquareRounded,
        permission: 'alerts:read',
        also: '/alert-policies',
      },
      { to: '/events', name: 'events', icon: IconListSearch, permission: 'events:read' },
      { to: '/assets', name: 'assets', icon: IconServer2, permission: 'assets:read' },
      { to: '/dashboard', name: 'dashboard', icon: IconChartBar, permission: 'dashboard:read' },
    ],
  },
  {
    name: 'intake',
    items: [
      { to: '/sources', name: 'sources', icon: IconPlugConnected, permission: 'sources:read' },
      { to: '/rules', name: 'rules', icon: IconRadar2, permission: 'rules:read' },
      { to: '/quarantine', name: 'quarantine', icon: IconShieldQuestion, permission: 'quarantine:read' },
    ],
  },
  {
    name: 'administration',
    items: [
      { to: '/users', name: 'users', icon: IconUsers, permission: 'users:read' },
      { to: '/roles', name: 'roles', icon: IconShieldCheck, permission: 'roles:read' },
      { to: '/permissions', name: 'permissions', icon: IconKey, permission: 'authorization:read' },
      { to: '/organizations', name: 'organizations', icon: IconBuilding, permission: 'organizations:read' },
      { to: '/secrets', name: 'secrets', icon: IconLockCog, permission: 'secrets:read' },
      { to: '/status', name: 'status', icon: IconHeartbeat, permission: 'metrics:read', isEverywhere: true },
      { to: '/audit', name: 'audit', icon: IconHistory, permission: 'audit:read' },
    ],
  },
];

/** What the person may read; whole sections they cannot read do not exist for them. */
export function visibleSections(me: Me | undefined): NavigationSection[] {
  return SECTIONS.map((section) => ({
    ...section,
    items: section.items.filter((item) =>
      item.isEverywhere ? holdsEverywhere(me, item.permission) : hasPermission(me, item.permission),
    ),
  })).filter((section) => section.items.length > 0);
}

/** Says of a place whether the page that is shown belongs to it, for its link's attributes. */
export function useHere() {
  const path = useLocation({ select: ({ pathname }) => pathname });
  const isHere = ({ to, also }: NavigationItem) =>
    [to, also].some((place) => place && (path === place || path.startsWith(`${place}/`)));
  return (...items: NavigationItem[]) =>
    items.some(isHere) ? ({ 'data-active': true, 'aria-current': 'page' } as const) : {};
}
