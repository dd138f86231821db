import { Button, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Explanation } from '@/api/model';
import { permissionText, roleName } from '@/i18n/role-texts';
import { fullTime } from '@/lib/time';
import { EmptyState } from '@/ui/EmptyState';
import { ErrorState } from '@/ui/ErrorState';
import { PageScroll } from '@/ui/PageHeader';
import { Panel } from '@/ui/Panel';
import { useWhy } from './api';
import classes from './authorization.module.css';
import { PermissionSelect } from './PermissionSelect';
import { Reasons } from './Reasons';

/** Why somebody may or may not do something, in each organization. */
export function Why() {
  const { t } = useTranslation();
  const why = useWhy();
  const [email, setEmail] = useState('');
  const [permission, setPermission] = useState<string | null>(null);
  const [address, setAddress] = useState('');
  const ask = (event: FormEvent) => {
    event.preventDefault();
    // The field may hold words from which nothing was chosen.
    if (permission) why.mutate({ email: email.trim(), permission, address: address.trim() || undefined });
  };
  return (
    <PageScroll>
      <form className={`${classes.bar} ${classes.form}`} onSubmit={ask}>
        <TextInput
          required
          type="email"
          className={classes.wide}
          label={t('authorization.person')}
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
        />
        <PermissionSelect value={permission} onChange={setPermission} />
        <TextInput
          label={t('authorization.address')}
          placeholder="10.20.0.7"
          value={address}
          onChange={(event) => setAddress(event.currentTarget.value)}
        />
        <Button type="submit" loading={why.isPending}>
          {t('authorization.ask')}
        </Button>
      </form>
      {why.isIdle && <p className={classes.hint}>{t('authorization.ask_hint')}</p>}
      {why.error && <ErrorState error={why.error} />}
      {why.data && <Answer explanation={why.data} />}
    </PageScroll>
  );
}

function Answer({ explanation }: { explanation: Explanation }) {
  const { t, i18n } = useTranslation();
  return (
    <>
      <Panel title={explanation.display_name} meta={permissionText(explanation.permission, t)}>
        {explanation.organizations.length === 0 && <EmptyState title={t('authorization.no_role')} />}
        <ul className={classes.answers} aria-label={t('authorization.answers')}>
          {explanation.organizations.map((decision) => (
            <li key={decision.organization_id ?? ''} data-allowed={decision.is_allowed}>
              <strong>{t(decision.is_allowed ? 'authorization.allowed' : 'authorization.denied')}</strong>{' '}
              {decision.organization_name ?? t('users.everywhere')} (
              {decision.roles.map((role) => roleName(role, t)).join(', ')}): <Reasons reasons={decision.reasons} />
            </li>
          ))}
        </ul>
      </Panel>
      <Panel title={t('authorization.kept')}>
        {explanation.kept.length === 0 && <EmptyState title={t('authorization.nothing_kept')} />}
        <ul className={classes.answers}>
          {explanation.kept.map((kept) => (
            <li key={`${kept.day} ${kept.organization_id} ${kept.is_allowed}`} data-allowed={kept.is_allowed}>
              <strong>{t(kept.is_allowed ? 'authorization.allowed' : 'authorization.denied')}</strong> {kept.count} ×{' '}
              {kept.organization_name ?? t('users.everywhere')}, {fullTime(kept.last_at, i18n.language)}{' '}
              {kept.last_address}: <Reasons reasons={kept.reasons} />
            </li>
          ))}
        </ul>
      </Panel>
    </>
  );
}
