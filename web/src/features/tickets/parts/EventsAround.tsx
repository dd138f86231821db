import { Anchor } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { TicketSummary } from '@/api/model';
import { useCan } from '@/api/permissions';
import { eventsAround } from '@/lib/events-around';

/** The kept events that stand around it. */
export function EventsAround({ ticket }: { ticket: TicketSummary }) {
  const { t } = useTranslation();
  const canRead = useCan('events:read', ticket.organization_id);
  const search = eventsAround(ticket);
  if (!canRead || !search) return null;
  return (
    <Anchor fz="inherit" renderRoot={(props) => <Link to="/events" search={search} {...props} />}>
      {t('events.around')}
    </Anchor>
  );
}
