import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { InstallationStatus } from '@/api/model';
import { ErrorState } from '@/ui/ErrorState';
import { LoadingSkeleton } from '@/ui/LoadingSkeleton';
import { PageFrame, PageHeader, PageScroll } from '@/ui/PageHeader';
import { RelativeTime } from '@/ui/RelativeTime';
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
    <PageFrame>
      <PageHeader title={t('status.title')} meta={<UpdatedAt at={status.dataUpdatedAt} />} />
      <PageScroll>
        {status.data ? (
          <>
            {status.error && (
              <p className={classes.stale} role="status">
                {t('common.state.stale')}
              </p>
            )}
            <Board status={status.data} />
          </>
        ) : status.error ? (
          <ErrorState error={status.error} onRetry={() => void status.refetch()} />
        ) : (
          <LoadingSkeleton rows={14} height={44} />
        )}
      </PageScroll>
    </PageFrame>
  );
}

function UpdatedAt({ at }: { at: number }) {
  const { t } = useTranslation();
  if (!at) return null;
  return (
    <>
      {t('status.updated')} <RelativeTime at={new Date(at).toISOString()} isLong />
    </>
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
