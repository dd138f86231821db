import { useTranslation } from 'react-i18next';
import { EmptyState } from '@/ui/EmptyState';
import { PageFrame, PageHeader } from '@/ui/PageHeader';

export function QueuePage() {
  const { t } = useTranslation();
  return (
    <PageFrame>
      <PageHeader title={t('tickets.title')} />
      <EmptyState title={t('common.state.empty')} />
    </PageFrame>
  );
}
