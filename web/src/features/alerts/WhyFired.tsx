import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { AlertDetail } from '@/api/model';
import { useCan } from '@/api/permissions';
import { reasonsQuery } from '@/api/rules';
import { inReadersWords } from '@/i18n/own-words';
import { eventsAround } from '@/lib/events-around';
import { FiringReasons } from '@/ui/FiringReasons';
import { Panel } from '@/ui/Panel';

/** Why a rule made this alert; nothing for alerts that came from elsewhere. */
export function WhyFired({ alert }: { alert: AlertDetail }) {
  const { t } = useTranslation();
  const why = useQuery(reasonsQuery(alert.id)).data;
  const canRead = useCan('rules:read');
  const canReadEvents = useCan('events:read', alert.organization_id);
  if (!why) return null;
  const name = inReadersWords(why.rule_title) ?? t('rules.why.gone');
  const link = canRead && why.rule_title && (
    <Link to="/rules/$id" params={{ id: why.rule_id }}>
      {name}
    </Link>
  );
  const event = canReadEvents && (
    <Link to="/events" search={{ ...eventsAround(alert), open: why.event_id }}>
      {t('rules.why.event')}
    </Link>
  );
  return (
    <Panel title={t('rules.why.title')}>
      <FiringReasons rule={link || name} event={event} matched={why.matched} correlation={why.correlation} />
    </Panel>
  );
}
