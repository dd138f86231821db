import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Notice } from '@/api/model';
import { inReadersWords } from '@/i18n/own-words';
import { deviceName, readUserAgent } from '@/lib/user-agent';
import { EmptyState } from '@/ui/EmptyState';
import { ErrorState } from '@/ui/ErrorState';
import { LoadingSkeleton } from '@/ui/LoadingSkeleton';
import { RelativeTime } from '@/ui/RelativeTime';
import { noticesQuery, useReadNotices } from './api';
import classes from './NoticeList.module.css';

export default function NoticeList({ onOpened }: { onOpened?: () => void }) {
  const { t } = useTranslation();
  const notices = useInfiniteQuery(noticesQuery);
  const read = useReadNotices();
  const items = notices.data?.pages.flatMap((page) => page.items) ?? [];

  if (notices.isPending) return <LoadingSkeleton rows={4} height={56} />;
  if (notices.isError) return <ErrorState error={notices.error} onRetry={() => void notices.refetch()} />;
  if (items.length === 0) return <EmptyState title={t('shell.notices.empty')} text={t('shell.notices.empty_hint')} />;
  return (
    <div>
      <div className={classes.head}>
        {t('shell.notices.title')}
        <Button
          size="xs"
          variant="subtle"
          disabled={items.every((item) => item.read_at !== null)}
          onClick={() => read.mutate(undefined)}
        >
          {t('shell.notices.read_all')}
        </Button>
      </div>
      <ul className={classes.list}>
        {items.map((notice) => (
          <li key={notice.id}>
            <NoticeItem
              notice={notice}
              onOpen={() => {
                if (notice.read_at === null) read.mutate([notice.id]);
                onOpened?.();
              }}
            />
          </li>
        ))}
      </ul>
      {notices.hasNextPage && (
        <Button
          fullWidth
          variant="subtle"
          loading={notices.isFetchingNextPage}
          onClick={() => void notices.fetchNextPage()}
        >
          {t('common.action.load_more')}
        </Button>
      )}
    </div>
  );
}

function NoticeItem({ notice, onOpen }: { notice: Notice; onOpen: () => void }) {
  const { t } = useTranslation();
  if (!notice.ticket) return <AccountItem notice={notice} onOpen={onOpen} />;
  return (
    <Link
      to="/tickets/$id"
      params={{ id: notice.ticket.id }}
      className={classes.item}
      data-unread={notice.read_at === null || undefined}
      onClick={onOpen}
    >
      <span className={classes.dot} aria-hidden />
      <span className={classes.what}>
        {t(`shell.notices.${notice.kind}`, { actor: notice.actor.name })}{' '}
        <span className="mono">{notice.ticket.reference}</span>
      </span>
      <span className={classes.when}>
        <RelativeTime at={notice.created_at} />
      </span>
      <span className={`${classes.title} truncate`}>{inReadersWords(notice.ticket.title)}</span>
      {notice.excerpt && <span className={classes.excerpt}>{notice.excerpt}</span>}
    </Link>
  );
}

/** Of the reader's own account: what, from where, and who when it was somebody else. */
function AccountItem({ notice, onOpen }: { notice: Notice; onOpen: () => void }) {
  const { t } = useTranslation();
  const { subject, ip, user_agent } = notice.account ?? {};
  const device = readUserAgent(user_agent ?? null);
  const from = [device && deviceName(device, t), ip].filter(Boolean).join(' · ');
  return (
    <Link to="/profile" className={classes.item} data-unread={notice.read_at === null || undefined} onClick={onOpen}>
      <span className={classes.dot} aria-hidden />
      <span className={classes.what}>{t(`shell.notices.${notice.kind}`, { actor: notice.actor.name })}</span>
      <span className={classes.when}>
        <RelativeTime at={notice.created_at} />
      </span>
      {subject && <span className={`${classes.title} truncate`}>{subject}</span>}
      {from && <span className={classes.excerpt}>{from}</span>}
    </Link>
  );
}
