import { Button, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Explanation } from '@/api/model';
import { fullTime } from '@/lib/time';
import { EmptyState } from '@/ui/EmptyState';
import { ErrorState } from '@/ui/ErrorState';
import { PageScroll } from '@/ui/PageHeader';
import { Panel } from '@/ui/Panel';
import { matrixQuery, useWhy } from './api';
import classes from './authorization.module.css';
import { Reasons } from './Reasons';

/** Why somebody may or may not do something, in each organization. */
export function Why() {
  const { t } = useTranslation();
  const permissions = useQuery(matrixQuery).data?.permissions ?? [];
  const why = useWhy();
  const [email, setEmail] = useState('');
  const [permission, setPermission] = useState('');
  const [address, setAddress] = useState('');
  const ask = (event: FormEvent) => {
    event.preventDefault();
    why.mutate({ email: email.trim(), permission: permission.trim(), address: address.trim() || undefined });
  };
  return (
    <PageScroll>
      <form className={`${classes.bar} ${classes.form}`} onSubmit={ask}>
        <TextInput
          required
          type="email"
          label={t('authorization.person')}
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
        />
        <TextInput
          required
          label={t('authorization.permission')}
          placeholder="tickets:close"
          list="known-permissions"
          value={permission}
          onChange={(event) => setPermission(event.currentTarget.value)}
        />
        <datalist id="known-permissions">
          {permissions.map(({ name }) => (
            <option key={name} value={name} />
          ))}
        </datalist>
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
      {why.error && <ErrorState error={why.error} />}
      {why.data && <Answer explanation={why.data} />}
    </PageScroll>
  );
}

function Answer({ explanation }: { explanation: Explanation }) {
  const { t, i18n } = useTranslation();
  return (
    <>
      <Panel title={explanation.display_name} meta={explanation.permission}>
        {explanation.organizations.length === 0 && <EmptyState title={t('authorization.no_role')} />}
        <ul className={classes.answers} aria-label={t('authorization.answers')}>
          {explanation.organizations.map((decision) => (
            <li key={decision.organization_id ?? ''} data-allowed={decision.is_allowed}>
              <strong>{t(decision.is_allowed ? 'authorization.allowed' : 'authorization.denied')}</strong>{' '}
              {decision.organization_name ?? t('users.everywhere')} ({decision.roles.join(', ')}):{' '}
              <Reasons reasons={decision.reasons} />
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
