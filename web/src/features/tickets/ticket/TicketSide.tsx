import { useTranslation } from 'react-i18next';
import type { Ticket } from '@/api/model';
import { fullTime } from '@/lib/time';
import { RelativeTime } from '@/ui/RelativeTime';
import { UrgencyTable } from '@/ui/UrgencyTable';
import { AssetCard, FactSection, SimilarList } from '../parts/FactSections';
import facts from '../parts/facts.module.css';
import { Attachments } from './Attachments';
import { Related } from './Related';

export function TicketSide({ ticket }: { ticket: Ticket }) {
  const { t } = useTranslation();
  return (
    <>
      <FactSection title={t('common.field.asset')}>
        <AssetCard asset={ticket.asset_card} />
      </FactSection>
      <FactSection title={t('ticket.similar')}>
        <SimilarList ticketId={ticket.id} limit={5} />
      </FactSection>
      <FactSection title={t('ticket.urgency_terms')}>
        <UrgencyTable terms={ticket.urgency_terms} level={ticket.urgency} score={ticket.urgency_score} />
      </FactSection>
      <FactSection title={t('ticket.times')}>
        <Times ticket={ticket} />
      </FactSection>
      <Related ticket={ticket} />
      <Attachments ticket={ticket} />
      <FactSection title={t('ticket.watchers')}>
        <p className={ticket.watchers.length === 0 ? facts.dim : undefined} style={{ margin: 0 }}>
          {ticket.watchers.map(({ display_name }) => display_name).join(', ') || t('ticket.watchers_empty')}
        </p>
      </FactSection>
    </>
  );
}

function Times({ ticket }: { ticket: Ticket }) {
  const { t, i18n } = useTranslation();
  const times = [
    ['first_seen', ticket.first_seen_at],
    ['last_seen', ticket.last_seen_at],
    ['created', ticket.created_at],
    ['acknowledged', ticket.acknowledged_at],
    ['resolved', ticket.resolved_at],
    ['closed', ticket.closed_at],
  ] as const;
  return (
    <dl className={facts.facts}>
      {times.map(([name, at]) =>
        at ? <TimeLine key={name} label={t(`ticket.time.${name}`)} at={at} text={fullTime(at, i18n.language)} /> : null,
      )}
    </dl>
  );
}

function TimeLine({ label, at, text }: { label: string; at: string; text: string }) {
  return (
    <>
      <dt>{label}</dt>
      <dd>
        {text}{' '}
        <span className={facts.dim}>
          (<RelativeTime at={at} />)
        </span>
      </dd>
    </>
  );
}
