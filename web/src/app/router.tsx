import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
  retainSearchParams,
} from '@tanstack/react-router';
import type { Me } from '@/api/model';
import { hasPermission, holdsEverywhere, type Permission } from '@/api/permissions';
import { sessionQuery } from '@/api/queries';
import { parseAlertsSearch } from '@/features/alerts/search';
import { parseAssetsSearch } from '@/features/assets/search';
import { parseAuditSearch } from '@/features/audit/search';
import { parsePermissionsSearch } from '@/features/authorization/search';
import { parseDashboardSearch } from '@/features/dashboard/search';
import { parseEventsSearch } from '@/features/events/search';
import { parseQuarantineSearch } from '@/features/quarantine/search';
import { parseRulesSearch } from '@/features/rules/search';
import { parseSourcesSearch } from '@/features/sources/search';
import { parseTicketsSearch } from '@/features/tickets/search';
import { parseUsersSearch } from '@/features/users/search';
import { parseSearch, pickSearch, stringifySearch } from '@/lib/search-params';
import { CrashPage, ForbiddenPage, NotFoundPage } from './error-pages';
import { PendingPage } from './PendingPage';
import { Shell } from './shell/Shell';

interface RouterContext {
  queryClient: QueryClient;
}

const rootRoute = createRootRouteWithContext<RouterContext>()({
  component: Outlet,
  notFoundComponent: NotFoundPage,
  errorComponent: CrashPage,
});

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch: pickSearch(['to', 'why'] as const),
  component: lazyRouteComponent(() => import('@/features/session/SignInPage'), 'SignInPage'),
});

/** Where a provider sends people back to: its answer is in the query, and stays out of every other address. */
const providerRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in/callback/$id',
  validateSearch: pickSearch(['state', 'code', 'error', 'iss'] as const),
  component: lazyRouteComponent(() => import('@/features/session/ProviderPage'), 'ProviderPage'),
});

const passwordRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/change-password',
  component: lazyRouteComponent(() => import('@/features/session/ChangePasswordPage'), 'ChangePasswordPage'),
});

const secondFactorRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/second-factor',
  component: lazyRouteComponent(() => import('@/features/session/SecondFactorPage'), 'SecondFactorPage'),
});

async function loadMe(queryClient: QueryClient): Promise<Me | null> {
  try {
    return await queryClient.ensureQueryData(sessionQuery);
  } catch {
    return null;
  }
}

/** Everything behind sign-in sits below this route and inside the shell. */
const shellRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'shell',
  // The picked organization goes along wherever the person goes.
  validateSearch: pickSearch(['organization_id'] as const),
  search: { middlewares: [retainSearchParams(['organization_id'])] },
  beforeLoad: async ({ context, location }) => {
    const me = await loadMe(context.queryClient);
    if (!me) throw redirect({ to: '/sign-in', search: { to: location.href === '/' ? undefined : location.href } });
    if (me.must_change_password) throw redirect({ to: '/change-password' });
    if (me.must_show_second_factor) throw redirect({ to: '/second-factor' });
    return { me };
  },
  component: Shell,
  errorComponent: CrashPage,
  notFoundComponent: NotFoundPage,
});

class ForbiddenError extends Error {
  constructor(readonly permission: Permission) {
    super(permission);
  }
}

/** Guards a page by permission; the server decides again on every call. */
const needs =
  (permission: Permission) =>
  ({ context }: { context: { me: Me } }) => {
    if (!hasPermission(context.me, permission)) throw new ForbiddenError(permission);
  };

/** Guards a page that is of the whole installation. */
const needsEverywhere =
  (permission: Permission) =>
  ({ context }: { context: { me: Me } }) => {
    if (!holdsEverywhere(context.me, permission)) throw new ForbiddenError(permission);
  };

function PageError({ error, reset }: { error: unknown; reset: () => void }) {
  if (error instanceof ForbiddenError) return <ForbiddenPage permission={error.permission} />;
  return <CrashPage error={error} reset={reset} />;
}

const page = { getParentRoute: () => shellRoute, errorComponent: PageError } as const;

const homeRoute = createRoute({
  ...page,
  path: '/',
  beforeLoad: ({ context }) => {
    throw redirect({ to: hasPermission(context.me, 'tickets:read') ? '/tickets' : '/profile', replace: true });
  },
});

const pages = [
  createRoute({
    ...page,
    path: '/dashboard',
    beforeLoad: needs('dashboard:read'),
    validateSearch: parseDashboardSearch,
    component: lazyRouteComponent(() => import('@/features/dashboard/DashboardPage'), 'DashboardPage'),
  }),
  createRoute({
    ...page,
    path: '/tickets',
    beforeLoad: needs('tickets:read'),
    validateSearch: parseTicketsSearch,
    component: lazyRouteComponent(() => import('@/features/tickets/QueuePage'), 'QueuePage'),
  }),
  createRoute({
    ...page,
    path: '/tickets/$id',
    beforeLoad: needs('tickets:read'),
    component: lazyRouteComponent(() => import('@/features/tickets/TicketPage'), 'TicketPage'),
  }),
  createRoute({
    ...page,
    path: '/alerts',
    beforeLoad: needs('alerts:read'),
    validateSearch: parseAlertsSearch,
    component: lazyRouteComponent(() => import('@/features/alerts/AlertsPage'), 'AlertsPage'),
  }),
  createRoute({
    ...page,
    path: '/alerts/$id',
    beforeLoad: needs('alerts:read'),
    component: lazyRouteComponent(() => import('@/features/alerts/AlertPage'), 'AlertPage'),
  }),
  createRoute({
    ...page,
    path: '/alert-policies',
    beforeLoad: needs('alerts:read'),
    component: lazyRouteComponent(() => import('@/features/alerts/AlertPoliciesPage'), 'AlertPoliciesPage'),
  }),
  createRoute({
    ...page,
    path: '/assets',
    beforeLoad: needs('assets:read'),
    validateSearch: parseAssetsSearch,
    component: lazyRouteComponent(() => import('@/features/assets/AssetsPage'), 'AssetsPage'),
  }),
  createRoute({
    ...page,
    path: '/assets/$id',
    beforeLoad: needs('assets:read'),
    component: lazyRouteComponent(() => import('@/features/assets/AssetPage'), 'AssetPage'),
  }),
  createRoute({
    ...page,
    path: '/sources',
    beforeLoad: needs('sources:read'),
    validateSearch: parseSourcesSearch,
    component: lazyRouteComponent(() => import('@/features/sources/SourcesPage'), 'SourcesPage'),
  }),
  createRoute({
    ...page,
    path: '/events',
    beforeLoad: needs('events:read'),
    validateSearch: parseEventsSearch,
    component: lazyRouteComponent(() => import('@/features/events/EventsPage'), 'EventsPage'),
  }),
  createRoute({
    ...page,
    path: '/rules',
    beforeLoad: needs('rules:read'),
    validateSearch: parseRulesSearch,
    component: lazyRouteComponent(() => import('@/features/rules/RulesPage'), 'RulesPage'),
  }),
  createRoute({
    ...page,
    path: '/rules/$id',
    beforeLoad: needs('rules:read'),
    component: lazyRouteComponent(() => import('@/features/rules/RulePage'), 'RulePage'),
  }),
  createRoute({
    ...page,
    path: '/quarantine',
    beforeLoad: needs('quarantine:read'),
    validateSearch: parseQuarantineSearch,
    component: lazyRouteComponent(() => import('@/features/quarantine/QuarantinePage'), 'QuarantinePage'),
  }),
  createRoute({
    ...page,
    path: '/quarantine/$id',
    beforeLoad: needs('quarantine:read'),
    component: lazyRouteComponent(() => import('@/features/quarantine/QuarantineItemPage'), 'QuarantineItemPage'),
  }),
  createRoute({
    ...page,
    path: '/users',
    beforeLoad: needs('users:read'),
    validateSearch: parseUsersSearch,
    component: lazyRouteComponent(() => import('@/features/users/UsersPage'), 'UsersPage'),
  }),
  createRoute({
    ...page,
    path: '/roles',
    beforeLoad: needs('roles:read'),
    component: lazyRouteComponent(() => import('@/features/users/RolesPage'), 'RolesPage'),
  }),
  createRoute({
    ...page,
    path: '/permissions',
    beforeLoad: needs('authorization:read'),
    validateSearch: parsePermissionsSearch,
    component: lazyRouteComponent(() => import('@/features/authorization/PermissionsPage'), 'PermissionsPage'),
  }),
  createRoute({
    ...page,
    path: '/organizations',
    beforeLoad: needs('organizations:read'),
    component: lazyRouteComponent(() => import('@/features/organizations/OrganizationsPage'), 'OrganizationsPage'),
  }),
  createRoute({
    ...page,
    path: '/secrets',
    beforeLoad: needs('secrets:read'),
    component: lazyRouteComponent(() => import('@/features/secrets/SecretsPage'), 'SecretsPage'),
  }),
  createRoute({
    ...page,
    path: '/status',
    beforeLoad: needsEverywhere('metrics:read'),
    component: lazyRouteComponent(() => import('@/features/status/StatusPage'), 'StatusPage'),
  }),
  createRoute({
    ...page,
    path: '/audit',
    beforeLoad: needs('audit:read'),
    validateSearch: parseAuditSearch,
    component: lazyRouteComponent(() => import('@/features/audit/AuditPage'), 'AuditPage'),
  }),
  createRoute({
    ...page,
    path: '/profile',
    component: lazyRouteComponent(() => import('@/features/profile/ProfilePage'), 'ProfilePage'),
  }),
  createRoute({
    ...page,
    path: '/notices',
    component: lazyRouteComponent(() => import('@/features/notices/NoticesPage'), 'NoticesPage'),
  }),
] as const;

const routeTree = rootRoute.addChildren([
  signInRoute,
  providerRoute,
  passwordRoute,
  secondFactorRoute,
  shellRoute.addChildren([homeRoute, ...pages]),
]);

export function makeRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree,
    context: { queryClient },
    parseSearch,
    stringifySearch,
    defaultPreload: 'intent',
    defaultPreloadStaleTime: 0,
    defaultPendingComponent: PendingPage,
    defaultPendingMs: 150,
    scrollRestoration: true,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
