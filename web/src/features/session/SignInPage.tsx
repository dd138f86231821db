import { useTranslation } from 'react-i18next';

export function SignInPage() {
  const { t } = useTranslation();
  return <main>{t('session.title')}</main>;
}
