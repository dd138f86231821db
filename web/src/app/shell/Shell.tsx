import { Outlet } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Rail } from './Rail';
import classes from './Shell.module.css';
import { TopBar } from './TopBar';

export function Shell() {
  const { t } = useTranslation();
  return (
    <div className={classes.shell}>
      <a href="#main" className={classes.skip}>
        {t('shell.skip')}
      </a>
      <Rail />
      <TopBar />
      <main id="main" className={classes.main} tabIndex={-1}>
        <Outlet />
      </main>
    </div>
  );
}
