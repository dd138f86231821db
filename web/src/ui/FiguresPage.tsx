import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ErrorState } from './ErrorState';
import { LoadingSkeleton } from './LoadingSkeleton';
import { PageFrame, PageHeader, PageScroll } from './PageHeader';
import { RelativeTime } from './RelativeTime';

interface FiguresPageProps<T> {
  title: string;
  actions?: ReactNode;
  /** What `useQuery` gives. */
  query: { data: T | undefined; error: unknown; dataUpdatedAt: number; refetch: () => unknown };
  children: (data: T) => ReactNode;
}

/** A page of figures, which says how old they are. An error takes their place only where there are none yet. */
export function FiguresPage<T>({ title, actions, query, children }: FiguresPageProps<T>) {
  return (
    <PageFrame>
      <PageHeader title={title} meta={<UpdatedAt at={query.dataUpdatedAt} />} actions={actions} />
      <PageScroll>
        {query.data !== undefined ? (
          children(query.data)
        ) : query.error ? (
          <ErrorState error={query.error} onRetry={() => void query.refetch()} />
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
      {t('common.state.updated')} <RelativeTime at={new Date(at).toISOString()} isLong />
    </>
  );
}
