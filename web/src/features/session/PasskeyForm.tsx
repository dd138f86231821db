import { Anchor, Button } from '@mantine/core';
import { IconKey } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, isApiError } from '@/api/client';
import type { Me } from '@/api/model';
import { getPasskey } from '@/lib/webauthn';
import { errorText } from '@/ui/error-text';
import classes from './session.module.css';

interface PasskeyFormProps {
  onSignedIn: (me: Me) => void;
  /** Whether there is an app to show a code; otherwise a recovery code is all there can be. */
  hasApp: boolean;
  /** To a code of the app, or a recovery code. */
  onCode: () => void;
  /** Back to the password. */
  onRestart: () => void;
}

/** The second step of signing in with a passkey. */
export function PasskeyForm({ onSignedIn, hasApp, onCode, onRestart }: PasskeyFormProps) {
  const { t } = useTranslation();
  const show = useMutation({
    mutationFn: async () => {
      const options = await api('POST /session/challenge/passkey-options');
      return api('POST /session/challenge', { body: { passkey: await getPasskey(options) } });
    },
    onSuccess: onSignedIn,
  });
  const isOver = isApiError(show.error, 'challenge_over');
  return (
    <div className={classes.form}>
      <p className={classes.text}>{t('session.passkey.text')}</p>
      {show.error ? (
        <p className={classes.error} role="alert">
          {errorText(show.error, t)}
        </p>
      ) : null}
      {!isOver && (
        <>
          <Button
            size="md"
            leftSection={<IconKey size={18} stroke={1.5} aria-hidden />}
            loading={show.isPending}
            onClick={() => show.mutate()}
            autoFocus
            data-autofocus
            fullWidth
          >
            {t('session.passkey.use')}
          </Button>
          <Anchor component="button" type="button" size="sm" onClick={onCode}>
            {hasApp ? t('session.passkey.use_code') : t('session.passkey.use_recovery')}
          </Anchor>
        </>
      )}
      <Anchor component="button" type="button" size="sm" onClick={onRestart}>
        {t('session.code.back')}
      </Anchor>
    </div>
  );
}
