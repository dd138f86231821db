import { Button, Group, Modal, PasswordInput, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, isApiError } from '@/api/client';
import { type ProofKind, settleProof } from '@/api/proof-gate';
import { errorText } from '@/ui/error-text';
import classes from './session.module.css';

/** Over the page and whatever dialog is open there: what was asked for goes on after it. */
export default function ProofDialog({ kind }: { kind: ProofKind }) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const prove = useMutation({
    mutationFn: () => api('POST /session/proof', { body: kind === 'code' ? { code: text } : { password: text } }),
    onSuccess: () => settleProof(true),
    onError: () => setText(''),
  });
  const isWrong = isApiError(prove.error, 'validation_failed');
  const common = {
    value: text,
    onChange: (event: React.ChangeEvent<HTMLInputElement>) => setText(event.currentTarget.value),
    required: true,
    withAsterisk: false,
    'data-autofocus': true,
  };
  return (
    <Modal opened onClose={() => settleProof(false)} title={t('session.proof.title')} size={374} zIndex={440}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          prove.mutate();
        }}
      >
        <Text mb="md" c="dimmed">
          {t('session.proof.text')}
        </Text>
        {kind === 'code' ? (
          <TextInput
            {...common}
            label={t('session.code.label')}
            autoComplete="one-time-code"
            inputMode="numeric"
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
    </Modal>
  );
}
