import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ProviderLink } from '@/api/model';
import { providersQuery } from '@/api/providers';
import { ConfirmDialog } from '@/ui/ConfirmDialog';
import { ErrorState } from '@/ui/ErrorState';
import { errorText } from '@/ui/error-text';
import { LoadingSkeleton } from '@/ui/LoadingSkeleton';
import { notifyDone, notifyFailed } from '@/ui/notify';
import { Facts, Panel } from '@/ui/Panel';
import { RelativeTime } from '@/ui/RelativeTime';
import { linksQuery, useBeginLink, useUnlink } from './api';
import classes from './profile.module.css';

/** Where the account comes from, and the providers that it is linked with. */
export function Links() {
  const { t } = useTranslation();
  const links = useQuery(linksQuery);
  const providers = useQuery(providersQuery);
  const begin = useBeginLink();
  const labelOf = (id: string) => providers.data?.find((provider) => provider.id === id)?.label ?? id;
  const free = providers.data?.filter(({ id }) => !links.data?.items.some(({ provider }) => provider === id)) ?? [];
  const failed = { onError: (error: unknown) => notifyFailed(errorText(error, t)) };
  return (
    <Panel title={t('profile.links.title')}>
      {links.isPending && <LoadingSkeleton rows={2} height={32} />}
      {links.error && <ErrorState error={links.error} onRetry={() => void links.refetch()} />}
      {links.data && (
        <>
          <Facts
            items={[{ label: t('profile.links.source'), value: t(`profile.links.source_${links.data.source}`) }]}
          />
          {links.data.items.map((link) => (
            <Linked key={link.provider} link={link} label={labelOf(link.provider)} />
          ))}
          <div className={classes.factor}>
            {free.map(({ id, label }) => (
              <Button
                key={id}
                variant="default"
                loading={begin.isPending && begin.variables === id}
                onClick={() => begin.mutate(id, failed)}
              >
                {t('profile.links.link', { label })}
              </Button>
            ))}
          </div>
        </>
      )}
    </Panel>
  );
}

function Linked({ link, label }: { link: ProviderLink; label: string }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const unlink = useUnlink();
  const close = () => {
    setOpen(false);
    unlink.reset();
  };
  const done = () => {
    close();
    notifyDone(t('profile.links.unlinked'));
  };
  return (
    <div className={classes.factor}>
      <span>
        {label}
        <span className={classes.dim}>
          {' · '}
          {t('profile.links.linked')} <RelativeTime at={link.linked_at} isLong />
        </span>
      </span>
      <Button
        size="xs"
        variant="default"
        aria-label={t('profile.links.unlink_named', { label })}
        onClick={() => setOpen(true)}
      >
        {t('profile.links.unlink')}
      </Button>
      <ConfirmDialog
        isOpen={isOpen}
        title={t('profile.links.unlink_title', { label })}
        text={t('profile.links.unlink_text')}
        confirmLabel={t('profile.links.unlink')}
        isDangerous
        isPending={unlink.isPending}
        error={unlink.error}
        onConfirm={() => unlink.mutate(link.provider, { onSuccess: done })}
        onClose={close}
      />
    </div>
  );
}
