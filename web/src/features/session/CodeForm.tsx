import { Anchor, Button, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, isApiError } from '@/api/client';
import type { Me } from '@/api/model';
import { errorText } from '@/ui/error-text';
import classes from './session.module.css';

interface CodeFormProps {
  onSignedIn: (me: Me) => void;
  /** Back to the password. */
  onRestart: () => void;
  /** Whether there is an app to show a code; otherwise a recovery code is all there can be. */
  hasApp: boolean;
  /** Back to the passkey, where there is one. */
  onPasskey?: () => void;
}

/** The second step of signing in: a code of the app, or a recovery code in its place. */
export function CodeForm({ onSignedIn, onRestart, hasApp, onPasskey }: CodeFormProps) {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  const [isRecovery, setRecovery] = useState(!hasApp);
  const [code, setCode] = useState('');
  const answer = useMutation({
    mutationFn: () => api('POST /session/challenge', { body: { code } }),
    onSuccess: onSignedIn,
    onError: () => {
      setCode('');
      input.current?.focus();
    },
  });
  const isOver = isApiError(answer.error, 'challenge_over');
  const turn = () => {
    setRecovery(!isRecovery);
    setCode('');
    answer.reset();
    input.current?.focus();
  };
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        answer.mutate();
      }}
    >
      <p className={classes.text}>{isRecovery ? t('session.code.recovery_text') : t('session.code.text')}</p>
      <TextInput
        ref={input}
        label={isRecovery ? t('session.code.recovery_label') : t('session.code.label')}
        value={code}
        onChange={(event) => setCode(event.currentTarget.value)}
        autoComplete={isRecovery ? 'off' : 'one-time-code'}
        inputMode={isRecovery ? 'text' : 'numeric'}
        classNames={{ input: 'mono' }}
        maxLength={40}
        required
        withAsterisk={false}
        autoFocus
        data-autofocus
        spellCheck={false}
        disabled={isOver}
        size="md"
      />
      {answer.error ? (
        <p className={classes.error} role="alert">
          {errorText(answer.error, t)}
        </p>
      ) : null}
      {isOver ? (
        <Button size="md" onClick={onRestart} fullWidth autoFocus>
          {t('session.code.back')}
        </Button>
      ) : (
        <>
          <Button type="submit" size="md" loading={answer.isPending} fullWidth>
            {t('session.code.submit')}
          </Button>
          {hasApp && (
            <Anchor component="button" type="button" size="sm" onClick={turn}>
              {isRecovery ? t('session.code.use_app') : t('session.code.use_recovery')}
            </Anchor>
          )}
          {onPasskey && (
            <Anchor component="button" type="button" size="sm" onClick={onPasskey}>
              {t('session.passkey.use_passkey')}
            </Anchor>
          )}
          <Anchor component="button" type="button" size="sm" onClick={onRestart}>
            {t('session.code.back')}
          </Anchor>
        </>
      )}
    </form>
  );
}
