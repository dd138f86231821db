import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Activity, Ticket } from '@/api/model';
import { useMe } from '@/api/permissions';
import { ErrorState } from '@/ui/ErrorState';
import { LoadingSkeleton } from '@/ui/LoadingSkeleton';
import { Markdown } from '@/ui/Markdown';
import { RelativeTime } from '@/ui/RelativeTime';
import { activityQuery } from '../api';
import { ActivityMark } from './ActivityMark';
import { ActivityText } from './ActivityText';
import { EditComment } from './EditComment';
import classes from './Timeline.module.css';

/** Everything that happened, newest first. */
export function Timeline({ ticket }: { ticket: Ticket }) {
  const { t } = useTranslation();
  const activity = useInfiniteQuery(activityQuery(ticket.id));
  if (activity.isPending) return <LoadingSkeleton rows={4} height={36} />;
  if (activity.isError) return <ErrorState error={activity.error} onRetry={() => void activity.refetch()} />;
  const entries = activity.data.pages
    .flatMap((page) => page.items)
    .sort((a, b) => b.occurred_at.localeCompare(a.occurred_at) || b.id.localeCompare(a.id));
  return (
    <>
      <ol className={classes.entries}>
        {entries.map((entry) => (
          <TimelineEntry key={entry.id} ticket={ticket} entry={entry} />
        ))}
      </ol>
      {activity.hasNextPage && (
        <Button
          variant="subtle"
          size="xs"
          loading={activity.isFetchingNextPage}
          onClick={() => void activity.fetchNextPage()}
        >
          {t('common.action.load_more')}
        </Button>
      )}
    </>
  );
}

function TimelineEntry({ ticket, entry }: { ticket: Ticket; entry: Activity }) {
  const { t } = useTranslation();
  const me = useMe();
  const [isEditing, setIsEditing] = useState(false);
  const isOwn = entry.comment !== null && entry.actor.id === me?.user.id;
  const reason = typeof entry.detail.reason === 'string' ? entry.detail.reason : null;
  return (
    <li className={classes.entry} data-comment={entry.comment ? true : undefined}>
      <span className={classes.mark}>
        <ActivityMark kind={entry.kind} />
      </span>
      <span className={classes.line}>
        <strong>{entry.actor.name}</strong> <ActivityText entry={entry} organizationId={ticket.organization_id} />
        {isOwn && !isEditing && (
          <button type="button" className={classes.edit} onClick={() => setIsEditing(true)}>
            {t('common.action.edit')}
          </button>
        )}
      </span>
      <span className={classes.when}>
        {entry.comment?.edited_at && `${t('ticket.comment.edited')} · `}
        <RelativeTime at={entry.occurred_at} isLong />
      </span>
      {reason && <p className={classes.quote}>{reason}</p>}
      {entry.comment && (
        <div className={classes.body}>
          {isEditing ? (
            <EditComment ticket={ticket} comment={entry.comment} onDone={() => setIsEditing(false)} />
          ) : (
            <Markdown text={entry.comment.body_markdown} />
          )}
        </div>
      )}
    </li>
  );
}
