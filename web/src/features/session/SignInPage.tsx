import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { AuthFrame } from './AuthFrame';
import { Providers } from './Providers';
import { SignInForm } from './SignInForm';
import classes from './session.module.css';
import { useEnter } from './use-enter';

const route = getRouteApi('/sign-in');

export function SignInPage() {
  const { t } = useTranslation();
  const { to } = route.useSearch();
  const enter = useEnter();
  return (
    <AuthFrame>
      <div className={classes.intro}>
        <h1 className={classes.title}>{t('session.title')}</h1>
        <p className={classes.text}>{t('session.subtitle')}</p>
      </div>
      <SignInForm onSignedIn={(me) => void enter(me, to)} secondary={<Providers to={to} />} />
    </AuthFrame>
  );
}
