import { Anchor, Button, Group } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, isApiError } from '@/api/client';
import { settleProof } from '@/api/proof-gate';
import { getPasskey } from '@/lib/webauthn';
import { errorText } from '@/ui/error-text';
import classes from './session.module.css';

interface ProveByPasskeyProps {
  /** Whether an app shows codes; otherwise a recovery code is all there can be. */
  hasApp: boolean;
  onCode: () => void;
}

/** The proof of whoever has a passkey at hand. */
export function ProveByPasskey({ hasApp, onCode }: ProveByPasskeyProps) {
  const { t } = useTranslation();
  const prove = useMutation({
    mutationFn: async () => {
      const options = await api('POST /session/proof/passkey-options');
      return api('POST /session/proof', { body: { passkey: await getPasskey(options) } });
    },
    onSuccess: () => settleProof(true),
  });
  const isRefused = isApiError(prove.error, 'validation_failed');
  return (
    <>
      {prove.error ? (
        <p className={classes.error} role="alert">
          {isRefused ? t('errors.passkey_refused') : errorText(prove.error, t)}
        </p>
      ) : null}
      <Anchor component="button" type="button" size="sm" onClick={onCode}>
        {t(hasApp ? 'session.passkey.use_code' : 'session.passkey.use_recovery')}
      </Anchor>
      <Group mt="lg" justify="flex-end">
        <Button variant="default" onClick={() => settleProof(false)}>
          {t('common.action.cancel')}
        </Button>
        <Button loading={prove.isPending} onClick={() => prove.mutate()} data-autofocus>
          {t('session.passkey.use')}
        </Button>
      </Group>
    </>
  );
}
