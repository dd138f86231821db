import { Button, Group, Modal } from '@mantine/core';
import { IconKey } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Passkey } from '@/api/model';
import { ConfirmDialog } from '@/ui/ConfirmDialog';
import { errorText } from '@/ui/error-text';
import { NameField } from '@/ui/NameField';
import { notifyDone } from '@/ui/notify';
import { RelativeTime } from '@/ui/RelativeTime';
import { useRemovePasskey, useRenamePasskey } from './api';
import classes from './profile.module.css';

/** Somebody's passkeys, each with its last use. */
export function Passkeys({ passkeys }: { passkeys: readonly Passkey[] }) {
  if (passkeys.length === 0) return null;
  return (
    <ul className={classes.passkeys}>
      {passkeys.map((passkey) => (
        <PasskeyRow key={passkey.id} passkey={passkey} />
      ))}
    </ul>
  );
}

type Overlay = 'rename' | 'remove' | null;

function PasskeyRow({ passkey }: { passkey: Passkey }) {
  const { t } = useTranslation();
  const [overlay, setOverlay] = useState<Overlay>(null);
  const remove = useRemovePasskey();
  const name = passkey.name;
  const close = () => {
    setOverlay(null);
    remove.reset();
  };
  const removed = () => {
    close();
    notifyDone(t('profile.factor.passkey_removed'));
  };
  return (
    <li className={classes.session}>
      <IconKey size={20} stroke={1.4} aria-hidden />
      <div className={classes.sessionText}>
        <span>{name}</span>
        <span className={classes.dim}>
          {passkey.last_used_at ? (
            <>
              {t('profile.factor.used')} <RelativeTime at={passkey.last_used_at} isLong />
            </>
          ) : (
            t('profile.factor.never_used')
          )}
          {passkey.may_be_copied && ` · ${t('profile.factor.synced')}`}
        </span>
      </div>
      <div className={classes.passkeyActs}>
        <Button
          size="xs"
          variant="default"
          aria-label={t('profile.factor.rename_named', { name })}
          onClick={() => setOverlay('rename')}
        >
          {t('profile.factor.rename')}
        </Button>
        <Button
          size="xs"
          variant="default"
          aria-label={t('profile.factor.remove_passkey', { name })}
          onClick={() => setOverlay('remove')}
        >
          {t('profile.factor.remove')}
        </Button>
      </div>
      <Modal opened={overlay === 'rename'} onClose={close} title={t('profile.factor.rename_title')} size="sm">
        <RenameForm passkey={passkey} onDone={close} />
      </Modal>
      <ConfirmDialog
        isOpen={overlay === 'remove'}
        title={t('profile.factor.remove_passkey_title', { name })}
        text={t('profile.factor.remove_passkey_text')}
        confirmLabel={t('profile.factor.remove')}
        isDangerous
        isPending={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate(passkey.id, { onSuccess: removed })}
        onClose={close}
      />
    </li>
  );
}

function RenameForm({ passkey, onDone }: { passkey: Passkey; onDone: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState(passkey.name);
  const rename = useRenamePasskey();
  const renamed = () => {
    onDone();
    notifyDone(t('profile.factor.passkey_renamed'));
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        rename.mutate({ id: passkey.id, name }, { onSuccess: renamed });
      }}
    >
      <NameField
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        maxLength={120}
        required
        withAsterisk={false}
        error={rename.error ? errorText(rename.error, t) : undefined}
      />
      <Group mt="lg" justify="flex-end">
        <Button variant="default" onClick={onDone}>
          {t('common.action.cancel')}
        </Button>
        <Button type="submit" loading={rename.isPending}>
          {t('profile.factor.rename_save')}
        </Button>
      </Group>
    </form>
  );
}
