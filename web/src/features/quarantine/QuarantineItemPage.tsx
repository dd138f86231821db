import { useTranslation } from 'react-i18next';
import { EmptyState } from '@/ui/EmptyState';
import { PageFrame, PageHeader } from '@/ui/PageHeader';

export function QuarantineItemPage() {
  const { t } = useTranslation();
  return (
    <PageFrame>
      <PageHeader title={t('quarantine.title')} />
      <EmptyState title={t('common.state.empty')} />
    </PageFrame>
  );
}
