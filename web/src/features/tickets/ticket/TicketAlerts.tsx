import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Alert } from '@/api/model';
import { inReadersWords } from '@/i18n/own-words';
import { amounts } from '@/lib/amounts';
import { whyGrouped } from '@/lib/why-grouped';
import { ErrorState } from '@/ui/ErrorState';
import { LoadingSkeleton } from '@/ui/LoadingSkeleton';
import { RelativeTime } from '@/ui/RelativeTime';
import { SeverityGlyph } from '@/ui/SeverityBadge';
import { ticketAlertsQuery } from '../api';
import facts from '../parts/facts.module.css';
import classes from './TicketAlerts.module.css';

/** What the sources claim, and why it is one ticket. */
export function TicketAlerts({ ticketId }: { ticketId: string }) {
  const { t } = useTranslation();
  const alerts = useInfiniteQuery(ticketAlertsQuery(ticketId));
  if (alerts.isPending) return <LoadingSkeleton rows={2} height={48} />;
  if (alerts.isError) return <ErrorState error={alerts.error} onRetry={() => void alerts.refetch()} />;
  const items = alerts.data.pages.flatMap((page) => page.items);
  if (items.length === 0) return <p className={facts.dim}>{t('ticket.alerts_empty')}</p>;
  return (
    <>
      <ul className={classes.list}>
        {items.map((alert) => (
          <AlertLine key={alert.id} alert={alert} />
        ))}
      </ul>
      {alerts.hasNextPage && (
        <Button
          variant="subtle"
          size="xs"
          loading={alerts.isFetchingNextPage}
          onClick={() => void alerts.fetchNextPage()}
        >
          {t('common.action.load_more')}
        </Button>
      )}
    </>
  );
}

function AlertLine({ alert }: { alert: Alert }) {
  const { t, i18n } = useTranslation();
  // That it was the first of its kind goes without saying.
  const why = alert.why_grouped === 'new' ? null : whyGrouped(alert.why_grouped, t);
  return (
    <li className={classes.alert}>
      <SeverityGlyph level={alert.severity} />
      <Link to="/alerts/$id" params={{ id: alert.id }} className={`${classes.title} truncate`}>
        {inReadersWords(alert.title)}
      </Link>
      <RelativeTime at={alert.last_seen_at} />
      <span className={classes.meta}>
        {alert.source_name && <span>{alert.source_name}</span>}
        {alert.incident_id && <span className="mono">#{alert.incident_id}</span>}
        <span>{amounts({ deliveries: alert.deliveries, occurrences: alert.occurrences }, t, i18n.language)}</span>
        {alert.source_state === 'cleared' && <span>{t('ticket.source_cleared')}</span>}
      </span>
      {why && <span className={classes.why}>{why}</span>}
    </li>
  );
}
