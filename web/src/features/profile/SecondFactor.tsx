import { Button, Group, Modal } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { SecondFactor as Factor } from '@/api/model';
import { secondFactorQuery } from '@/api/queries';
import { CodesOnce } from '@/ui/CodesOnce';
import { ConfirmDialog } from '@/ui/ConfirmDialog';
import { ErrorState } from '@/ui/ErrorState';
import { LoadingSkeleton } from '@/ui/LoadingSkeleton';
import { notifyDone } from '@/ui/notify';
import { Facts, Panel } from '@/ui/Panel';
import { RelativeTime } from '@/ui/RelativeTime';
import { useRemoveApp, useRenewCodes } from './api';
import { Passkeys } from './Passkeys';
import classes from './profile.module.css';

export function SecondFactor() {
  const { t } = useTranslation();
  const factor = useQuery(secondFactorQuery);
  return (
    <Panel title={t('profile.factor.title')}>
      {factor.isPending && <LoadingSkeleton rows={2} height={32} />}
      {factor.error && <ErrorState error={factor.error} onRetry={() => void factor.refetch()} />}
      {factor.data && (factor.data.is_enrolled ? <Enrolled factor={factor.data} /> : <Missing factor={factor.data} />)}
    </Panel>
  );
}

function Missing({ factor }: { factor: Factor }) {
  const { t } = useTranslation();
  return (
    <div className={classes.factor}>
      <span>{factor.is_required ? t('profile.factor.off_required') : t('profile.factor.off')}</span>
      <Button component={Link} to="/second-factor" variant="default">
        {t('profile.factor.set_up')}
      </Button>
    </div>
  );
}

type Overlay = 'renew' | 'remove' | null;

function Enrolled({ factor }: { factor: Factor }) {
  const { t } = useTranslation();
  const [overlay, setOverlay] = useState<Overlay>(null);
  const renew = useRenewCodes();
  const remove = useRemoveApp();
  const close = () => {
    setOverlay(null);
    renew.reset();
    remove.reset();
  };
  const removed = () => {
    close();
    notifyDone(t('profile.factor.removed'));
  };
  return (
    <>
      <Facts
        items={[
          ...(factor.has_app
            ? [
                {
                  label: t('profile.factor.on'),
                  value: (
                    <>
                      {t('profile.factor.added')} <RelativeTime at={factor.enrolled_at} isLong />
                    </>
                  ),
                },
                { label: t('profile.factor.used'), value: <RelativeTime at={factor.last_used_at} isLong /> },
              ]
            : []),
          { label: t('profile.factor.left'), value: String(factor.recovery_codes_left) },
        ]}
      />
      <Passkeys passkeys={factor.passkeys} />
      <div className={classes.factor}>
        <Button variant="default" onClick={() => setOverlay('renew')}>
          {t('profile.factor.renew')}
        </Button>
        <Button component={Link} to="/second-factor" variant="default">
          {factor.has_app ? t('profile.factor.add_passkey') : t('profile.factor.set_up_more')}
        </Button>
        {factor.has_app && (
          <Button variant="default" onClick={() => setOverlay('remove')}>
            {t('profile.factor.remove_app')}
          </Button>
        )}
      </div>
      <ConfirmDialog
        isOpen={overlay === 'renew' && !renew.data}
        title={t('profile.factor.renew_title')}
        text={t('profile.factor.renew_text')}
        confirmLabel={t('profile.factor.renew')}
        isPending={renew.isPending}
        error={renew.error}
        onConfirm={() => renew.mutate()}
        onClose={close}
      />
      <ConfirmDialog
        isOpen={overlay === 'remove'}
        title={t('profile.factor.remove_title')}
        text={t('profile.factor.remove_text')}
        confirmLabel={t('profile.factor.remove')}
        isDangerous
        isPending={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate(undefined, { onSuccess: removed })}
        onClose={close}
      />
      {renew.data && (
        <Modal
          opened
          onClose={close}
          // They are not shown again: only who says to have saved them leaves.
          withCloseButton={false}
          closeOnEscape={false}
          closeOnClickOutside={false}
          title={t('profile.factor.codes_title')}
        >
          <CodesOnce codes={renew.data.codes} note={t('profile.factor.codes_note')} />
          <Group mt="lg" justify="flex-end">
            <Button onClick={close}>{t('profile.factor.done')}</Button>
          </Group>
        </Modal>
      )}
    </>
  );
}
