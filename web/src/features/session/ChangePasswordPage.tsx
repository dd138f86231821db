import { useTranslation } from 'react-i18next';

export function ChangePasswordPage() {
  const { t } = useTranslation();
  return <main>{t('session.change.title')}</main>;
}
