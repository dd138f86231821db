import { useTranslation } from 'react-i18next';
import { EmptyState } from '@/ui/EmptyState';
import { PageFrame, PageHeader } from '@/ui/PageHeader';

export function OrganizationsPage() {
  const { t } = useTranslation();
  return (
    <PageFrame>
      <PageHeader title={t('organizations.title')} />
      <EmptyState title={t('common.state.empty')} />
    </PageFrame>
  );
}
