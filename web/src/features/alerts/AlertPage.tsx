import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { inReadersWords } from '@/i18n/own-words';
import { DetailColumns, DetailHeader } from '@/ui/DetailHeader';
import { ErrorState } from '@/ui/ErrorState';
import { LoadingSkeleton } from '@/ui/LoadingSkeleton';
import { PageFrame, PageScroll } from '@/ui/PageHeader';
import { AlertActions } from './AlertActions';
import { AlertBadges, AlertContext, AlertStory } from './AlertFacts';
import { alertQuery } from './api';
import { RawDeliveries } from './RawDeliveries';
import { WhyFired } from './WhyFired';

const route = getRouteApi('/shell/alerts/$id');

export function AlertPage() {
  const { t } = useTranslation();
  const { id } = route.useParams();
  const alert = useQuery(alertQuery(id));
  return (
    <PageFrame>
      <DetailHeader
        back={<Link to="/alerts">{t('alerts.back')}</Link>}
        reference={alert.data?.incident_id && <span className="mono">#{alert.data.incident_id}</span>}
        actions={alert.data && <AlertActions alert={alert.data} />}
        title={inReadersWords(alert.data?.title) ?? t('alerts.detail.title')}
        facts={alert.data && <AlertBadges alert={alert.data} />}
      />
      <PageScroll>
        {alert.isPending && <LoadingSkeleton rows={12} />}
        {alert.error && <ErrorState error={alert.error} onRetry={() => void alert.refetch()} />}
        {alert.data && (
          <DetailColumns side={<AlertContext alert={alert.data} />} sideLabel={t('ticket.context')}>
            <AlertStory alert={alert.data} />
            <WhyFired alert={alert.data} />
            <RawDeliveries alert={alert.data} />
          </DetailColumns>
        )}
      </PageScroll>
    </PageFrame>
  );
}
