import { useTranslation } from 'react-i18next';
import { EmptyState } from '@/ui/EmptyState';
import { PageFrame, PageHeader } from '@/ui/PageHeader';

export function AlertsPage() {
  const { t } = useTranslation();
  return (
    <PageFrame>
      <PageHeader title={t('alerts.title')} />
      <EmptyState title={t('common.state.empty')} />
    </PageFrame>
  );
}
