import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useCan } from '@/api/permissions';
import { reasonsQuery } from '@/api/rules';
import { FiringReasons } from '@/ui/FiringReasons';
import { ticketAlertsQuery } from '../api';
import classes from './TicketPage.module.css';

/** Why a rule made the latest of the ticket's alerts; nothing for those that came from elsewhere. */
export function WhyFired({ ticketId }: { ticketId: string }) {
  const { t } = useTranslation();
  const latest = useInfiniteQuery(ticketAlertsQuery(ticketId)).data?.pages[0]?.items[0];
  const why = useQuery({ ...reasonsQuery(latest?.id ?? ''), enabled: latest !== undefined }).data;
  const canRead = useCan('rules:read');
  if (!why) return null;
  const name = why.rule_title ?? t('rules.why.gone');
  const link = canRead && why.rule_title && (
    <Link to="/rules/$id" params={{ id: why.rule_id }}>
      {name}
    </Link>
  );
  return (
    <section className={classes.panel} aria-label={t('rules.why.title')}>
      <h2 className={classes.heading}>{t('rules.why.title')}</h2>
      <FiringReasons rule={link || name} matched={why.matched} correlation={why.correlation} />
    </section>
  );
}
