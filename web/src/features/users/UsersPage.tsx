import { Button } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import type { TFunction } from 'i18next';
import { useCallback, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { User } from '@/api/model';
import { useCan } from '@/api/permissions';
import { roleName } from '@/i18n/role-texts';
import { formatNumber } from '@/lib/numbers';
import { Clip } from '@/ui/Clip';
import type { Column } from '@/ui/DataTable';
import { EmptyState } from '@/ui/EmptyState';
import { FilterBar } from '@/ui/FilterBar';
import { ListTable } from '@/ui/ListTable';
import { PageFrame, PageHeader } from '@/ui/PageHeader';
import { RelativeTime } from '@/ui/RelativeTime';
import { SearchField } from '@/ui/SearchField';
import { SplitView } from '@/ui/SidePanel';
import { usersQuery } from './api';
import { PasswordDialog } from './PasswordDialog';
import { NewUserForm } from './UserForms';
import { UserPanel } from './UserPanel';
import { UserState } from './UserState';
import classes from './users.module.css';

const route = getRouteApi('/shell/users');
const rowId = (user: User) => user.id;
const NO_FILTERS = [] as const;

export function UsersPage() {
  const { t, i18n } = useTranslation();
  const { q, organization_id } = route.useSearch();
  const navigate = useNavigate({ from: '/users' });
  const query = useInfiniteQuery(usersQuery);
  const [openId, setOpenId] = useState<string | null>(null);
  const [isCreating, setIsCreating] = useState(false);
  const [secret, setSecret] = useState<{ name: string; password: string } | null>(null);
  const users = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  const rows = useMemo(() => filterUsers(users, q, organization_id), [users, q, organization_id]);
  const open = users.find(({ id }) => id === openId);
  const columns = useMemo(() => makeColumns(t), [t]);
  const showPassword = (user: User, password: string) => setSecret({ name: user.display_name, password });
  const { fetchNextPage } = query;
  return (
    <PageFrame>
      <PageHeader
        title={t('users.title')}
        meta={users.length > 0 && formatNumber(rows.length, i18n.language)}
        actions={<NewUserButton onPress={() => setIsCreating(true)} />}
      />
      <FilterBar definitions={NO_FILTERS} values={{}} onChange={() => undefined}>
        <SearchField
          label={t('users.search')}
          value={q}
          onChange={(text) => void navigate({ search: (current) => ({ ...current, q: text }), replace: true })}
        />
      </FilterBar>
      <SplitView
        panel={
          open && <UserPanel key={open.id} user={open} onPassword={showPassword} onClose={() => setOpenId(null)} />
        }
      >
        <ListTable
          label={t('users.title')}
          columns={columns}
          rows={rows}
          getRowId={rowId}
          isLoading={query.isPending}
          error={query.error}
          onRetry={() => void query.refetch()}
          empty={<EmptyState title={t('users.empty')} />}
          openId={openId}
          onOpen={(user) => setOpenId(user.id)}
          hasMore={query.hasNextPage}
          isLoadingMore={query.isFetchingNextPage}
          onLoadMore={useCallback(() => void fetchNextPage(), [fetchNextPage])}
          card={(user) => <UserCard user={user} />}
          cardHeight={76}
          minWidth={760}
        />
      </SplitView>
      {isCreating && (
        <NewUserForm
          onCreated={(user, password) => {
            setIsCreating(false);
            setOpenId(user.id);
            if (password) showPassword(user, password);
          }}
          onClose={() => setIsCreating(false)}
        />
      )}
      {secret && <PasswordDialog {...secret} onClose={() => setSecret(null)} />}
    </PageFrame>
  );
}

function filterUsers(users: User[], q: string | undefined, organizationId: string | undefined): User[] {
  const text = q?.toLocaleLowerCase() ?? '';
  return users.filter(({ display_name, email, memberships }) => {
    const isIn =
      !organizationId ||
      memberships.some(({ organization_id }) => organization_id === null || organization_id === organizationId);
    return isIn && `${display_name} ${email}`.toLocaleLowerCase().includes(text);
  });
}

function makeColumns(t: TFunction): Column<User>[] {
  return [
    {
      id: 'name',
      header: t('common.field.name'),
      width: 'minmax(160px, 1.4fr)',
      cell: (user) => <span className={classes.name}>{user.display_name}</span>,
    },
    {
      id: 'email',
      header: t('common.field.email'),
      width: 'minmax(180px, 1.6fr)',
      cell: (user) => <Clip text={user.email} isDim />,
    },
    {
      id: 'roles',
      header: t('users.memberships'),
      width: 'minmax(200px, 2.4fr)',
      cell: (user) => <Clip text={membershipText(user, t)} />,
    },
    {
      id: 'state',
      header: t('common.field.state'),
      width: '150px',
      cell: (user) => <UserState user={user} />,
    },
    {
      id: 'last_sign_in_at',
      header: t('users.last_sign_in'),
      width: '124px',
      align: 'end',
      cell: (user) => <RelativeTime at={user.last_sign_in_at} />,
    },
  ];
}

/** "Analyst · Hospital San Roque, Banco del Sur; Auditor · …". */
function membershipText({ memberships }: User, t: TFunction): string {
  const places = new Map<string, string[]>();
  for (const { role, organization_name } of memberships) {
    places.set(role, [...(places.get(role) ?? []), organization_name ?? t('users.everywhere')]);
  }
  return [...places].map(([role, names]) => `${roleName(role, t)} · ${names.join(', ')}`).join('; ');
}

function UserCard({ user }: { user: User }) {
  const { t } = useTranslation();
  return (
    <div className={classes.card}>
      <span className={`${classes.name} truncate`}>{user.display_name}</span>
      <UserState user={user} />
      <span className={`${classes.cardMeta} truncate`}>{membershipText(user, t)}</span>
    </div>
  );
}

function NewUserButton({ onPress }: { onPress: () => void }) {
  const { t } = useTranslation();
  const canWrite = useCan('users:write');
  return (
    <Button
      leftSection={<IconPlus size={15} aria-hidden />}
      disabled={!canWrite}
      title={canWrite ? undefined : t('common.no_permission', { permission: 'users:write' })}
      onClick={onPress}
    >
      {t('users.new')}
    </Button>
  );
}
