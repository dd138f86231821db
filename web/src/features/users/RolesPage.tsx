import { Popover, UnstyledButton } from '@mantine/core';
import { useScroller } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { Fragment, type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Role, RoleMatrix } from '@/api/model';
import { moduleName, permissionText, roleDescription, roleName } from '@/i18n/role-texts';
import { EmptyState } from '@/ui/EmptyState';
import { ErrorState } from '@/ui/ErrorState';
import { FilterBar } from '@/ui/FilterBar';
import { LoadingSkeleton } from '@/ui/LoadingSkeleton';
import { PageFrame, PageHeader } from '@/ui/PageHeader';
import { SearchField } from '@/ui/SearchField';
import { rolesQuery } from './api';
import classes from './roles.module.css';

const NO_FILTERS = [] as const;

/** Who may do what, as the policy file says it: read here, written there. */
export function RolesPage() {
  const { t } = useTranslation();
  const roles = useQuery(rolesQuery);
  const [text, setText] = useState<string>();
  return (
    <PageFrame>
      <PageHeader title={t('users.roles.title')} meta={t('users.roles.subtitle')} />
      <FilterBar definitions={NO_FILTERS} values={{}} onChange={() => undefined}>
        <SearchField label={t('users.roles.search')} value={text} onChange={setText} />
      </FilterBar>
      {roles.isPending && <LoadingSkeleton rows={16} height={32} />}
      {roles.error && <ErrorState error={roles.error} onRetry={() => void roles.refetch()} />}
      {roles.data && <Matrix matrix={roles.data} text={text ?? ''} />}
    </PageFrame>
  );
}

function Matrix({ matrix, text }: { matrix: RoleMatrix; text: string }) {
  const { t } = useTranslation();
  const [hovered, setHovered] = useState<string | null>(null);
  const needle = text.toLocaleLowerCase();
  const shown = matrix.permissions.filter((permission) =>
    `${permission} ${permissionText(permission, t)}`.toLocaleLowerCase().includes(needle),
  );
  if (shown.length === 0) return <EmptyState title={t('users.roles.none')} />;
  return (
    <Frame>
      <table className={classes.matrix} onMouseLeave={() => setHovered(null)}>
        <thead>
          <tr>
            <th scope="col" className={classes.corner}>
              {t('users.roles.permission')}
            </th>
            {matrix.items.map((role) => (
              <RoleHead key={role.name} role={role} isHovered={hovered === role.name} />
            ))}
          </tr>
        </thead>
        <tbody>
          {groupByModule(shown).map(([module, permissions]) => (
            <Fragment key={module}>
              <tr className={classes.module}>
                <th scope="rowgroup" colSpan={matrix.items.length + 1}>
                  <span>{moduleName(module, t)}</span>
                </th>
              </tr>
              {permissions.map((permission) => (
                <tr key={permission}>
                  <th scope="row">
                    {permissionText(permission, t)}
                    <code className="mono">{permission}</code>
                  </th>
                  {matrix.items.map((role) => (
                    <td
                      key={role.name}
                      data-hovered={hovered === role.name || undefined}
                      onMouseEnter={() => setHovered(role.name)}
                    >
                      <Grant isGranted={role.permissions.includes(permission)} />
                    </td>
                  ))}
                </tr>
              ))}
            </Fragment>
          ))}
        </tbody>
      </table>
    </Frame>
  );
}

/** Fades where it goes on to the right: a phone shows no bar for it. */
function Frame({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  const { ref, canScrollEnd } = useScroller<HTMLElement>({ draggable: false });
  return (
    <section
      ref={ref}
      className={classes.frame}
      data-goes-on={canScrollEnd || undefined}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      aria-label={t('users.roles.title')}
    >
      {children}
    </section>
  );
}

/** Whether a restriction holds for what is changed, and narrows nothing that is read. */
function limitsChanges(restriction: string) {
  return /^(own_items|severity_ceiling):/.test(restriction);
}

function RoleHead({ role, isHovered }: { role: Role; isHovered: boolean }) {
  const { t } = useTranslation();
  return (
    <th scope="col" data-hovered={isHovered || undefined}>
      <RoleName role={role} />
      <span className={classes.roleText}>{roleDescription(role, t)}</span>
      {role.restrictions.length > 0 && (
        <span className={classes.restriction}>
          {t('users.roles.restricted')} {role.restrictions.join(' · ')}
          {role.restrictions.some(limitsChanges) && ` (${t('users.roles.changes')})`}
        </span>
      )}
    </th>
  );
}

/** Says on demand what the role is for: narrow columns have no room for it. */
function RoleName({ role }: { role: Role }) {
  const { t } = useTranslation();
  return (
    <Popover width={240} position="bottom">
      <Popover.Target>
        <UnstyledButton className={classes.roleName}>{roleName(role.name, t)}</UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown>{roleDescription(role, t)}</Popover.Dropdown>
    </Popover>
  );
}

function Grant({ isGranted }: { isGranted: boolean }) {
  const { t } = useTranslation();
  return (
    <>
      <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden>
        {isGranted ? (
          <path d="M2.4 7.6l3 3 6.2-7" fill="none" stroke="var(--cc-accent)" strokeWidth="2" />
        ) : (
          <path d="M5 7h4" stroke="var(--cc-line-strong)" strokeWidth="1.5" />
        )}
      </svg>
      <span className="visually-hidden">{t(isGranted ? 'common.state.yes' : 'common.state.no')}</span>
    </>
  );
}

function groupByModule(permissions: readonly string[]): [string, string[]][] {
  const groups = new Map<string, string[]>();
  for (const permission of permissions) {
    const module = permission.split(':')[0] ?? permission;
    groups.set(module, [...(groups.get(module) ?? []), permission]);
  }
  return [...groups];
}
