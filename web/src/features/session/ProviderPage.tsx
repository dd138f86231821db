import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import type { SecondFactorMethod } from '@/api/model';
import { errorText } from '@/ui/error-text';
import { AuthFrame } from './AuthFrame';
import { refusalOf } from './provider-refusal';
import { takeTarget } from './provider-target';
import { SecondStep } from './SecondStep';
import classes from './session.module.css';
import { useEnter } from './use-enter';

const route = getRouteApi('/sign-in/callback/$id');
/** What the server writes before the state of a link. */
const LINKING = 'link.';

/** Where a provider sends people back to: signs them in, or links their account. */
export function ProviderPage() {
  const { t } = useTranslation();
  const { id } = route.useParams();
  const search = route.useSearch();
  // The address loses it, so that neither history nor a reload has it.
  const [{ state = '', ...rest }] = useState(search);
  const isLink = state.startsWith(LINKING);
  const enter = useEnter();
  const [methods, setMethods] = useState<readonly SecondFactorMethod[] | null>(null);
  const arrive = useMutation({
    mutationFn: async () => {
      const options = { path: { id }, body: { state, ...rest } };
      if (isLink) {
        await api('POST /session/links/{id}/callback', options);
        return null;
      }
      return api('POST /session/providers/{id}/callback', options);
    },
    onSuccess: (answer) => {
      // The page came from elsewhere, without the session's cookie: the next one comes from here.
      if (!answer) window.location.replace('/profile');
      else if ('user' in answer) void enter(answer, takeTarget());
      else setMethods(answer.methods);
    },
  });
  const hasBegun = useRef(false);
  useEffect(() => {
    if (hasBegun.current) return;
    hasBegun.current = true;
    window.history.replaceState(window.history.state, '', window.location.pathname);
    arrive.mutate();
  }, [arrive]);

  const refusal = refusalOf(arrive.error, { isLink, said: rest.error });
  const restart = () => window.location.assign('/sign-in');
  if (methods) {
    return (
      <AuthFrame>
        <SecondStep methods={methods} onSignedIn={(me) => void enter(me, takeTarget())} onRestart={restart} />
      </AuthFrame>
    );
  }
  return (
    <AuthFrame>
      <div className={classes.form}>
        {arrive.error ? (
          <>
            <h1 className={classes.title}>
              {isLink ? t('session.provider.not_linked') : t('session.provider.not_in')}
            </h1>
            <p className={classes.error} role="alert">
              {refusal ? t(`session.provider.${refusal}`) : errorText(arrive.error, t)}
            </p>
            <Button component="a" href={isLink ? '/profile' : '/sign-in'} size="md" fullWidth>
              {isLink ? t('session.to_profile') : t('session.provider.back')}
            </Button>
          </>
        ) : (
          <h1 className={classes.title} role="status">
            {isLink ? t('session.provider.linking') : t('session.provider.arriving')}
          </h1>
        )}
      </div>
    </AuthFrame>
  );
}
