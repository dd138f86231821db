import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import classes from './alerts.module.css';

/** Alerts and what happens next with them, side by side. */
export function AlertTabs() {
  const { t } = useTranslation();
  return (
    <nav className={classes.tabs} aria-label={t('alerts.title')}>
      <Link to="/alerts" className={classes.tab} activeOptions={{ exact: true, includeSearch: false }}>
        {t('alerts.title')}
      </Link>
      <Link to="/alert-policies" className={classes.tab}>
        {t('alerts.policies.title')}
      </Link>
    </nav>
  );
}
