import { ActionIcon, Indicator, Popover } from '@mantine/core';
import { IconBell } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { keys } from '@/api/keys';
import { useLiveEvents } from '@/api/live';
import { noticeCountQuery } from '@/features/notices/api';
import { LoadingSkeleton } from '@/ui/LoadingSkeleton';

const NoticeList = lazy(() => import('@/features/notices/NoticeList'));

export function NoticesBell() {
  const { t } = useTranslation();
  const [isOpen, setIsOpen] = useState(false);
  const queryClient = useQueryClient();
  const unread = useQuery(noticeCountQuery).data?.unread ?? 0;
  useLiveEvents(
    'notices',
    useCallback(() => void queryClient.invalidateQueries({ queryKey: keys.all('notices') }), [queryClient]),
  );
  const label = unread > 0 ? t('shell.notices.unread', { count: unread }) : t('shell.notices.title');
  return (
    <Popover opened={isOpen} onChange={setIsOpen} position="bottom-end" width={360} trapFocus withRoles={false}>
      <Popover.Target>
        <Indicator
          disabled={unread === 0}
          label={unread > 99 ? '99+' : unread}
          size={15}
          offset={5}
          color="var(--cc-accent)"
        >
          <ActionIcon size={32} aria-label={label} aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
            <IconBell size={19} stroke={1.5} aria-hidden />
          </ActionIcon>
        </Indicator>
      </Popover.Target>
      <Popover.Dropdown p={0} role="dialog" aria-label={t('shell.notices.title')}>
        {/* Something to focus while the list loads. */}
        <div data-autofocus tabIndex={-1} style={{ outline: 'none' }}>
          <Suspense fallback={<LoadingSkeleton rows={3} height={56} />}>
            <NoticeList onOpened={() => setIsOpen(false)} />
          </Suspense>
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}
