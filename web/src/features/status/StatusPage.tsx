import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { InstallationStatus } from '@/api/model';
import { FiguresPage } from '@/ui/FiguresPage';
import { statusQuery } from './api';
import { Findings } from './Findings';
import { Followers } from './Followers';
import { Overview } from './Overview';
import { Processes } from './Processes';
import { SignIns } from './SignIns';
import classes from './status.module.css';

/** How the installation is, for whoever runs it. */
export function StatusPage() {
  const { t } = useTranslation();
  const status = useQuery(statusQuery);
  return (
    <FiguresPage title={t('status.title')} query={status}>
      {(data) => (
        <>
          {status.error && (
            <p className={classes.stale} role="status">
              {t('common.state.stale')}
            </p>
          )}
          <Board status={data} />
        </>
      )}
    </FiguresPage>
  );
}

function Board({ status: { findings, sign_ins, processes, followers } }: { status: InstallationStatus }) {
  return (
    <>
      <Findings findings={findings} />
      <Overview steps={sign_ins} processes={processes} />
      <SignIns steps={sign_ins} />
      <Processes processes={processes} />
      <Followers followers={followers} />
    </>
  );
}
