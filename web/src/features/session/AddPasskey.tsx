import { Button, TextInput } from '@mantine/core';
import type { UseMutationResult } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { canUsePasskeys } from '@/lib/webauthn';
import { errorText } from '@/ui/error-text';
import classes from './session.module.css';

interface AddPasskeyProps {
  /** Whether the installation's address allows for passkeys. */
  isPossible: boolean;
  add: UseMutationResult<unknown, Error, string>;
}

/** Asks what to call a passkey, and the browser for one. */
export function AddPasskey({ isPossible, add }: AddPasskeyProps) {
  const { t } = useTranslation();
  const [name, setName] = useState('');
  const obstacle = obstacleTo(isPossible);
  return (
    <form
      className={classes.form}
      data-wide
      onSubmit={(event) => {
        event.preventDefault();
        add.mutate(name);
      }}
    >
      <h2 className={classes.subtitle}>{t('session.passkey.title')}</h2>
      <p className={classes.text}>{obstacle ? t(`session.passkey.${obstacle}`) : t('session.passkey.about')}</p>
      <TextInput
        label={t('session.passkey.name')}
        placeholder={t('session.passkey.name_example')}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        maxLength={120}
        required
        withAsterisk={false}
        disabled={obstacle !== null}
        autoComplete="off"
        size="md"
      />
      {add.error ? (
        <p className={classes.error} role="alert">
          {errorText(add.error, t)}
        </p>
      ) : null}
      <Button type="submit" size="md" variant="default" loading={add.isPending} disabled={obstacle !== null}>
        {t('session.passkey.add')}
      </Button>
    </form>
  );
}

function obstacleTo(isPossible: boolean): 'unavailable' | 'unsupported' | null {
  if (!isPossible) return 'unavailable';
  return canUsePasskeys() ? null : 'unsupported';
}
