import { useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useNavigate, useRouter } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { keys } from '@/api/keys';
import type { Me } from '@/api/model';
import { changeLanguage } from '@/i18n/i18n';
import { AuthFrame } from './AuthFrame';
import { SignInForm } from './SignInForm';
import classes from './session.module.css';

const route = getRouteApi('/sign-in');

/** Only paths of our own: an address from a link must never lead elsewhere. */
function safeTarget(to: string | undefined): string {
  return to?.startsWith('/') && !to.startsWith('//') && !to.startsWith('/\\') ? to : '/';
}

export function SignInPage() {
  const { t } = useTranslation();
  const { to } = route.useSearch();
  const navigate = useNavigate();
  const router = useRouter();
  const queryClient = useQueryClient();

  const enter = async (me: Me) => {
    queryClient.clear();
    queryClient.setQueryData(keys.session, me);
    if (me.user.locale) await changeLanguage(me.user.locale);
    if (me.must_change_password) await navigate({ to: '/change-password' });
    else if (me.must_show_second_factor) await navigate({ to: '/second-factor' });
    else router.history.push(safeTarget(to));
  };

  return (
    <AuthFrame>
      <div className={classes.intro}>
        <h1 className={classes.title}>{t('session.title')}</h1>
        <p className={classes.text}>{t('session.subtitle')}</p>
      </div>
      <SignInForm onSignedIn={(me) => void enter(me)} />
    </AuthFrame>
  );
}
