import { Button, TextInput } from '@mantine/core';
import type { UseMutationResult } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { canUsePasskeys } from '@/lib/webauthn';
import { errorText } from '@/ui/error-text';
import classes from './session.module.css';

interface AddPasskeyProps {
  /** Where something else is offered above it. */
  title?: string;
  /** Whether the installation's address allows for passkeys. */
  isPossible: boolean;
  add: UseMutationResult<unknown, Error, string>;
}

/** A passkey, or why there can be none. */
export function AddPasskey({ title, isPossible, add }: AddPasskeyProps) {
  const { t } = useTranslation();
  const obstacle = obstacleTo(isPossible);
  return (
    <>
      {title && <h2 className={classes.subtitle}>{title}</h2>}
      <p className={classes.text}>{t(`session.passkey.${obstacle ?? 'about'}`)}</p>
      {!obstacle && <NameForm add={add} />}
    </>
  );
}

/** Asks what to call a passkey, and the browser for one. */
function NameForm({ add }: Pick<AddPasskeyProps, 'add'>) {
  const { t } = useTranslation();
  const [name, setName] = useState('');
  const failure = add.error && errorText(add.error, t);
  return (
    <form
      className={classes.form}
      data-wide
      onSubmit={(event) => {
        event.preventDefault();
        add.mutate(name);
      }}
    >
      <TextInput
        label={t('session.passkey.name')}
        placeholder={t('session.passkey.name_example')}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        maxLength={120}
        required
        withAsterisk={false}
        autoComplete="off"
        size="md"
      />
      {failure ? (
        <p className={classes.error} role="alert">
          {failure}
        </p>
      ) : null}
      <Button type="submit" size="md" variant="default" loading={add.isPending}>
        {t('session.passkey.add')}
      </Button>
    </form>
  );
}

function obstacleTo(isPossible: boolean): 'unavailable' | 'unsupported' | null {
  if (!isPossible) return 'unavailable';
  return canUsePasskeys() ? null : 'unsupported';
}
