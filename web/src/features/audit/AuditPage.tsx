import { useTranslation } from 'react-i18next';
import { EmptyState } from '@/ui/EmptyState';
import { PageFrame, PageHeader } from '@/ui/PageHeader';

export function AuditPage() {
  const { t } = useTranslation();
  return (
    <PageFrame>
      <PageHeader title={t('audit.title')} />
      <EmptyState title={t('common.state.empty')} />
    </PageFrame>
  );
}
