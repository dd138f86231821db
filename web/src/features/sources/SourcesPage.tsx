import { useTranslation } from 'react-i18next';
import { EmptyState } from '@/ui/EmptyState';
import { PageFrame, PageHeader } from '@/ui/PageHeader';

export function SourcesPage() {
  const { t } = useTranslation();
  return (
    <PageFrame>
      <PageHeader title={t('sources.title')} />
      <EmptyState title={t('common.state.empty')} />
    </PageFrame>
  );
}
