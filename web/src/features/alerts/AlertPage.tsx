import { Button } from '@mantine/core';
import { IconArrowLeft } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { ErrorState } from '@/ui/ErrorState';
import { LoadingSkeleton } from '@/ui/LoadingSkeleton';
import { PageFrame, PageHeader, PageScroll } from '@/ui/PageHeader';
import { AlertActions } from './AlertActions';
import { AlertFacts } from './AlertFacts';
import { alertQuery } from './api';

const route = getRouteApi('/shell/alerts/$id');

export function AlertPage() {
  const { t } = useTranslation();
  const { id } = route.useParams();
  const alert = useQuery(alertQuery(id));
  return (
    <PageFrame>
      <PageHeader
        title={t('alerts.detail.title')}
        meta={
          <Button component={Link} to="/alerts" size="xs" variant="subtle" leftSection={<IconArrowLeft size={14} />}>
            {t('alerts.back')}
          </Button>
        }
        actions={alert.data && <AlertActions alert={alert.data} />}
      />
      <PageScroll isNarrow>
        {alert.isPending && <LoadingSkeleton rows={12} />}
        {alert.error && <ErrorState error={alert.error} onRetry={() => void alert.refetch()} />}
        {alert.data && <AlertFacts alert={alert.data} />}
      </PageScroll>
    </PageFrame>
  );
}
