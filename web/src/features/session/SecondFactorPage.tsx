import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Navigate, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import { sessionQuery } from '@/api/queries';
import { CodesOnce } from '@/ui/CodesOnce';
import { errorText } from '@/ui/error-text';
import { AuthFrame } from './AuthFrame';
import { ConfirmApp } from './ConfirmApp';
import classes from './session.module.css';

/** Sets a second factor up; for whose role asks for one nothing else is open before. */
export function SecondFactorPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const session = useQuery(sessionQuery);
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
  const leave = useMutation({
    mutationFn: () => api('DELETE /session'),
    onSuccess: () => window.location.assign('/sign-in'),
  });

  if (session.isError) return <Navigate to="/sign-in" />;
  const isRequired = session.data?.must_show_second_factor ?? false;
  if (confirm.data) {
    return (
      <AuthFrame>
        <div className={classes.form} data-wide>
          <h1 className={classes.title}>{t('session.factor.codes_title')}</h1>
          <CodesOnce codes={confirm.data.codes} note={t('session.factor.codes_text')} />
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
        <h1 className={classes.title}>{t('session.factor.title')}</h1>
        {begin.data ? (
          <ConfirmApp proposal={begin.data} confirm={confirm} />
        ) : (
          <>
            <p className={classes.text}>{t('session.factor.text')}</p>
            {isRequired && <p className={classes.text}>{t('session.factor.required')}</p>}
            {begin.error ? (
              <p className={classes.error} role="alert">
                {errorText(begin.error, t)}
              </p>
            ) : null}
            <Button size="md" loading={begin.isPending} onClick={() => begin.mutate()}>
              {t('session.factor.begin')}
            </Button>
          </>
        )}
        {isRequired ? (
          <Button variant="subtle" loading={leave.isPending} onClick={() => leave.mutate()}>
            {t('session.factor.sign_out')}
          </Button>
        ) : (
          <Button variant="subtle" onClick={() => void navigate({ to: '/profile' })}>
            {t('session.factor.later')}
          </Button>
        )}
      </div>
    </AuthFrame>
  );
}
