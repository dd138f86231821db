import { Anchor, Button, Group } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, isApiError } from '@/api/client';
import { settleProof } from '@/api/proof-gate';
import { getPasskey } from '@/lib/webauthn';
import { errorText } from '@/ui/error-text';
import classes from './session.module.css';

/** The proof of whoever has a passkey at hand. */
export function ProveByPasskey({ onCode }: { onCode: () => void }) {
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
        {t('session.passkey.use_code')}
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
