import { Button, TextInput } from '@mantine/core';
import type { UseMutationResult } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isApiError } from '@/api/client';
import type { ResponseOf } from '@/api/operations';
import { CopyButton } from '@/ui/CopyButton';
import { errorText } from '@/ui/error-text';
import { QrImage } from '@/ui/QrImage';
import classes from './session.module.css';

interface ConfirmAppProps {
  proposal: ResponseOf<'POST /session/second-factor/totp'>;
  confirm: UseMutationResult<unknown, Error, string>;
}

/** What the app has to know, and the code that shows that it does. */
export function ConfirmApp({ proposal, confirm }: ConfirmAppProps) {
  const { t } = useTranslation();
  const [code, setCode] = useState('');
  const isWrong = isApiError(confirm.error, 'validation_failed');
  return (
    <form
      className={classes.form}
      data-wide
      onSubmit={(event) => {
        event.preventDefault();
        confirm.mutate(code, { onError: () => setCode('') });
      }}
    >
      <p className={classes.text}>{t('session.factor.scan')}</p>
      <QrImage code={proposal.qr} label={t('session.factor.qr')} />
      <div>
        <div className="mantine-InputWrapper-label">{t('session.factor.secret')}</div>
        <div className={classes.secret}>
          <code className="mono">{proposal.secret.replace(/(.{4})(?=.)/g, '$1 ')}</code>
          <CopyButton value={proposal.secret} />
        </div>
      </div>
      <TextInput
        label={t('session.factor.code')}
        value={code}
        onChange={(event) => setCode(event.currentTarget.value)}
        autoComplete="one-time-code"
        inputMode="numeric"
        classNames={{ input: 'mono' }}
        maxLength={12}
        required
        withAsterisk={false}
        autoFocus
        error={isWrong ? t('session.factor.wrong') : undefined}
        size="md"
      />
      {confirm.error && !isWrong ? (
        <p className={classes.error} role="alert">
          {errorText(confirm.error, t)}
        </p>
      ) : null}
      <Button type="submit" size="md" loading={confirm.isPending}>
        {t('session.factor.confirm')}
      </Button>
    </form>
  );
}
