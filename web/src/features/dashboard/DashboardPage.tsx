import { useTranslation } from 'react-i18next';
import { EmptyState } from '@/ui/EmptyState';
import { PageFrame, PageHeader } from '@/ui/PageHeader';

export function DashboardPage() {
  const { t } = useTranslation();
  return (
    <PageFrame>
      <PageHeader title={t('dashboard.title')} />
      <EmptyState title={t('common.state.empty')} />
    </PageFrame>
  );
}
