import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Ticket } from '@/api/model';
import { useCan } from '@/api/permissions';
import { reasonsQuery } from '@/api/rules';
import { inReadersWords } from '@/i18n/own-words';
import { eventsAround } from '@/lib/events-around';
import { FiringReasons } from '@/ui/FiringReasons';
import { ticketAlertsQuery } from '../api';
import classes from './TicketPage.module.css';

/** Why a rule made the latest of the ticket's alerts; nothing for those that came from elsewhere. */
export function WhyFired({ ticket }: { ticket: Ticket }) {
  const { t } = useTranslation();
  const latest = useInfiniteQuery(ticketAlertsQuery(ticket.id)).data?.pages[0]?.items[0];
  const why = useQuery({ ...reasonsQuery(latest?.id ?? ''), enabled: latest !== undefined }).data;
  const canRead = useCan('rules:read');
  const canReadEvents = useCan('events:read', ticket.organization_id);
  if (!why) return null;
  const name = inReadersWords(why.rule_title) ?? t('rules.why.gone');
  const link = canRead && why.rule_title && (
    <Link to="/rules/$id" params={{ id: why.rule_id }}>
      {name}
    </Link>
  );
  const event = canReadEvents && (
    <Link to="/events" search={{ ...eventsAround(ticket), open: why.event_id }}>
      {t('rules.why.event')}
    </Link>
  );
  return (
    <section className={classes.panel} aria-label={t('rules.why.title')}>
      <h2 className={classes.heading}>{t('rules.why.title')}</h2>
      <FiringReasons rule={link || name} event={event} matched={why.matched} correlation={why.correlation} />
    </section>
  );
}
