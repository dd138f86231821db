import { Button, Group, PasswordInput, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, isApiError } from '@/api/client';
import { settleProof } from '@/api/proof-gate';
import { errorText } from '@/ui/error-text';
import classes from './session.module.css';

/** The proof that is typed: a code of who has a second factor, the password of who has none. */
export function ProveByText({ kind }: { kind: 'code' | 'recovery_code' | 'password' }) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const prove = useMutation({
    mutationFn: () => api('POST /session/proof', { body: kind === 'password' ? { password: text } : { code: text } }),
    onSuccess: () => settleProof(true),
    onError: () => setText(''),
  });
  const isWrong = isApiError(prove.error, 'validation_failed');
  const common = {
    value: text,
    onChange: (event: React.ChangeEvent<HTMLInputElement>) => setText(event.currentTarget.value),
    required: true,
    withAsterisk: false,
    autoFocus: true,
    'data-autofocus': true,
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        prove.mutate();
      }}
    >
      {kind !== 'password' ? (
        <TextInput
          {...common}
          label={kind === 'code' ? t('session.code.label') : t('session.code.recovery_label')}
          autoComplete={kind === 'code' ? 'one-time-code' : 'off'}
          inputMode="text"
          classNames={{ input: 'mono' }}
          maxLength={40}
          error={isWrong ? t('errors.second_factor_wrong') : undefined}
        />
      ) : (
        <PasswordInput
          {...common}
          label={t('session.password')}
          autoComplete="current-password"
          visibilityToggleButtonProps={{ 'aria-label': t('session.show_password'), tabIndex: 0 }}
          error={isWrong ? t('session.proof.wrong_password') : undefined}
        />
      )}
      {prove.error && !isWrong ? (
        <p className={classes.error} role="alert">
          {errorText(prove.error, t)}
        </p>
      ) : null}
      <Group mt="lg" justify="flex-end">
        <Button variant="default" onClick={() => settleProof(false)}>
          {t('common.action.cancel')}
        </Button>
        <Button type="submit" loading={prove.isPending}>
          {t('session.proof.submit')}
        </Button>
      </Group>
    </form>
  );
}
