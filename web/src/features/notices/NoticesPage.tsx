import { useTranslation } from 'react-i18next';
import { PageFrame, PageHeader, PageScroll } from '@/ui/PageHeader';
import NoticeList from './NoticeList';

export function NoticesPage() {
  const { t } = useTranslation();
  return (
    <PageFrame>
      <PageHeader title={t('notices.title')} />
      <PageScroll>
        <NoticeList />
      </PageScroll>
    </PageFrame>
  );
}
