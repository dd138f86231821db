import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Navigate, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import { secondFactorQuery, sessionQuery } from '@/api/queries';
import { createPasskey } from '@/lib/webauthn';
import { CodesOnce } from '@/ui/CodesOnce';
import { errorText } from '@/ui/error-text';
import { AddPasskey } from './AddPasskey';
import { AuthFrame } from './AuthFrame';
import { ConfirmApp } from './ConfirmApp';
import classes from './session.module.css';

/** Sets a second factor up; for whose role asks for one nothing else is open before. */
export function SecondFactorPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const session = useQuery(sessionQuery);
  const factor = useQuery({ ...secondFactorQuery, enabled: session.isSuccess });
  const begin = useMutation({ mutationFn: () => api('POST /session/second-factor/totp') });
  const confirm = useMutation({
    mutationFn: (code: string) => api('POST /session/second-factor/totp/confirm', { body: { code } }),
  });
  const finish = useMutation({
    mutationFn: async () => {
      queryClient.setQueryData(keys.session, await api('GET /session'));
      await queryClient.invalidateQueries({ queryKey: keys.other('session', 'second-factor') });
      await navigate({ to: session.data?.must_show_second_factor ? '/' : '/profile' });
    },
  });
  const add = useMutation({
    mutationFn: async (name: string) => {
      const options = await api('POST /session/second-factor/passkeys/options');
      const passkey = await createPasskey(options);
      return api('POST /session/second-factor/passkeys', { body: { name, passkey } });
    },
    // With the first one come recovery codes, to be seen before going on.
    onSuccess: (added) => (added.codes ? undefined : finish.mutate()),
  });
  const leave = useMutation({
    mutationFn: () => api('DELETE /session'),
    onSuccess: () => window.location.assign('/sign-in'),
  });

  if (session.isError) return <Navigate to="/sign-in" />;
  const isRequired = session.data?.must_show_second_factor ?? false;
  const hasApp = factor.data?.has_app ?? false;
  const failure = begin.error && errorText(begin.error, t);
  const codes = confirm.data?.codes ?? add.data?.codes;
  if (codes) {
    return (
      <AuthFrame>
        <div className={classes.form} data-wide>
          <h1 className={classes.title}>{t('session.factor.codes_title')}</h1>
          <CodesOnce codes={codes} note={t('session.factor.codes_text')} />
          <Button size="md" loading={finish.isPending} onClick={() => finish.mutate()} autoFocus>
            {t('session.factor.finish')}
          </Button>
        </div>
      </AuthFrame>
    );
  }
  return (
    <AuthFrame>
      <div className={classes.form} data-wide>
        <h1 className={classes.title}>{hasApp ? t('session.passkey.title') : t('session.factor.title')}</h1>
        {begin.data ? (
          <ConfirmApp proposal={begin.data} confirm={confirm} />
        ) : (
          <>
            {isRequired && <p className={classes.text}>{t('session.factor.required')}</p>}
            {hasApp ? null : (
              <>
                <p className={classes.text}>{t('session.factor.text')}</p>
                {failure ? (
                  <p className={classes.error} role="alert">
                    {failure}
                  </p>
                ) : null}
                <Button size="md" loading={begin.isPending} onClick={() => begin.mutate()}>
                  {t('session.factor.begin')}
                </Button>
              </>
            )}
            {factor.data && (
              <AddPasskey
                title={hasApp ? undefined : t('session.passkey.title_or')}
                isPossible={factor.data.can_add_passkeys}
                add={add}
              />
            )}
          </>
        )}
        {isRequired ? (
          <Button variant="subtle" loading={leave.isPending} onClick={() => leave.mutate()}>
            {t('session.factor.sign_out')}
          </Button>
        ) : (
          <Button variant="subtle" onClick={() => void navigate({ to: '/profile' })}>
            {t('session.to_profile')}
          </Button>
        )}
      </div>
    </AuthFrame>
  );
}
