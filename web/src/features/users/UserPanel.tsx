import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { User } from '@/api/model';
import { useCan, useMe } from '@/api/permissions';
import { roleName } from '@/i18n/role-texts';
import { ConfirmDialog } from '@/ui/ConfirmDialog';
import { CopyButton } from '@/ui/CopyButton';
import { errorText } from '@/ui/error-text';
import { notifyFailed } from '@/ui/notify';
import { Facts, Panel } from '@/ui/Panel';
import { RelativeTime } from '@/ui/RelativeTime';
import { SidePanel } from '@/ui/SidePanel';
import { useResetPassword, useResetSecondFactor, useUpdateUser } from './api';
import { EditUserForm } from './UserForms';
import { UserSessions } from './UserSessions';
import { UserState } from './UserState';
import classes from './users.module.css';

interface UserPanelProps {
  user: User;
  onPassword: (user: User, password: string) => void;
  onClose: () => void;
}

export function UserPanel({ user, onPassword, onClose }: UserPanelProps) {
  const { t } = useTranslation();
  const canReadAudit = useCan('audit:read');
  const canWrite = useCan('users:write');
  return (
    <SidePanel
      label={user.display_name}
      head={<strong>{user.display_name}</strong>}
      foot={<UserActions user={user} onPassword={onPassword} />}
      onClose={onClose}
    >
      <Panel title={t('users.section.who')}>
        <Facts
          items={[
            {
              label: t('common.field.email'),
              value: (
                <span className={classes.inline}>
                  {user.email}
                  <CopyButton value={user.email} />
                </span>
              ),
            },
            { label: t('common.field.state'), value: <UserState user={user} /> },
            {
              label: t('users.factor.title'),
              value: user.has_second_factor ? t('users.factor.on') : t('users.factor.off'),
            },
            { label: t('users.last_sign_in'), value: <RelativeTime at={user.last_sign_in_at} isLong /> },
          ]}
        />
      </Panel>
      <Panel title={t('users.memberships')} isFlush>
        <ul className={classes.membershipList}>
          {user.memberships.map((membership) => (
            <li key={membership.organization_id ?? '*'}>
              <span className="truncate">{membership.organization_name ?? t('users.everywhere')}</span>
              <strong>{roleName(membership.role, t)}</strong>
            </li>
          ))}
          {user.memberships.length === 0 && <li className={classes.dim}>{t('users.no_memberships')}</li>}
        </ul>
      </Panel>
      {canWrite && <UserSessions user={user} />}
      {canReadAudit && (
        <Panel title={t('users.section.trail')}>
          <Link to="/audit" search={{ actor_id: user.id }} className={classes.link}>
            {t('users.see_audit')}
          </Link>
        </Panel>
      )}
    </SidePanel>
  );
}

type Overlay = 'edit' | 'disable' | 'reset' | 'unfactor' | null;

function UserActions({ user, onPassword }: Omit<UserPanelProps, 'onClose'>) {
  const { t } = useTranslation();
  const me = useMe();
  const [overlay, setOverlay] = useState<Overlay>(null);
  const canWrite = useCan('users:write');
  const isSelf = me?.user.id === user.id;
  const blocked = canWrite ? undefined : t('common.no_permission', { permission: 'users:write' });
  const blockedForSelf = blocked ?? (isSelf ? t('users.blocked_self') : undefined);
  const update = useUpdateUser(user);
  const enable = () => update.mutate({ is_active: true }, { onError: (error) => notifyFailed(errorText(error, t)) });
  return (
    <>
      <Button variant="default" disabled={!canWrite} title={blocked} onClick={() => setOverlay('edit')}>
        {t('common.action.edit')}
      </Button>
      <Button
        variant="default"
        disabled={blockedForSelf !== undefined}
        title={blockedForSelf}
        onClick={() => setOverlay('reset')}
      >
        {t('users.reset.action')}
      </Button>
      {user.has_second_factor && (
        <Button
          variant="default"
          disabled={blockedForSelf !== undefined}
          title={blockedForSelf}
          onClick={() => setOverlay('unfactor')}
        >
          {t('users.unfactor.action')}
        </Button>
      )}
      <Button
        variant="default"
        disabled={blockedForSelf !== undefined}
        title={blockedForSelf}
        loading={update.isPending}
        onClick={user.is_active ? () => setOverlay('disable') : enable}
      >
        {user.is_active ? t('users.disable.action') : t('users.enable')}
      </Button>
      {overlay === 'edit' && <EditUserForm user={user} onClose={() => setOverlay(null)} />}
      {overlay !== null && overlay !== 'edit' && (
        <Confirmation kind={overlay} user={user} onPassword={onPassword} onClose={() => setOverlay(null)} />
      )}
    </>
  );
}

interface ConfirmationProps extends UserPanelProps {
  kind: 'disable' | 'reset' | 'unfactor';
}

function Confirmation({ kind, user, onPassword, onClose }: ConfirmationProps) {
  const { t } = useTranslation();
  const reset = useResetPassword();
  const unfactor = useResetSecondFactor();
  const update = useUpdateUser(user);
  const deeds = {
    disable: async () => void (await update.mutateAsync({ is_active: false })),
    unfactor: async () => void (await unfactor.mutateAsync(user.id)),
    reset: async () => onPassword(user, (await reset.mutateAsync(user.id)).initial_password),
  };
  const run = useMutation({ mutationFn: () => deeds[kind](), onSuccess: onClose });
  return (
    <ConfirmDialog
      isOpen
      title={t(`users.${kind}.title`, { name: user.display_name })}
      text={t(`users.${kind}.text`)}
      confirmLabel={t(`users.${kind}.action`)}
      isDangerous
      isPending={run.isPending}
      error={run.error}
      onConfirm={() => run.mutate()}
      onClose={onClose}
    />
  );
}
