import { useTranslation } from 'react-i18next';
import { EmptyState } from '@/ui/EmptyState';
import { PageFrame, PageHeader } from '@/ui/PageHeader';

export function NoticesPage() {
  const { t } = useTranslation();
  return (
    <PageFrame>
      <PageHeader title={t('notices.title')} />
      <EmptyState title={t('common.state.empty')} />
    </PageFrame>
  );
}
