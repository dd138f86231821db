import { Button } from '@mantine/core';
import { IconFileCode } from '@tabler/icons-react';
import type { ReactNode, Ref } from 'react';
import { useTranslation } from 'react-i18next';
import type { Ticket } from '@/api/model';
import { useCan } from '@/api/permissions';
import { inReadersWords } from '@/i18n/own-words';
import { amounts } from '@/lib/amounts';
import { Markdown } from '@/ui/Markdown';
import { VerdictBadge } from '@/ui/StageBadge';
import { EntityList, Techniques } from '../parts/FactSections';
import facts from '../parts/facts.module.css';
import { Composer } from './Composer';
import { TicketAlerts } from './TicketAlerts';
import classes from './TicketPage.module.css';
import { Timeline } from './Timeline';
import { WhyFired } from './WhyFired';

interface TicketMainProps {
  ticket: Ticket;
  commentField: Ref<HTMLTextAreaElement>;
  onRaw: () => void;
}

export function TicketMain({ ticket, commentField, onRaw }: TicketMainProps) {
  const { t, i18n } = useTranslation();
  const canReadRaw = useCan('tickets:raw', ticket.organization_id);
  const counts = amounts({ alerts: ticket.alerts, occurrences: ticket.occurrences }, t, i18n.language);
  return (
    <>
      <Panel title={t('ticket.what_happened')}>
        {ticket.verdict && <Ended ticket={ticket} />}
        {ticket.description ? (
          <Markdown text={inReadersWords(ticket.description)} />
        ) : (
          <p className={facts.dim}>{t('ticket.no_description')}</p>
        )}
        {ticket.rule_name && (
          <p className={facts.dim}>
            {t('tickets.column.rule')}: {inReadersWords(ticket.rule_name)}{' '}
            {ticket.rule_id && <span className="mono">({ticket.rule_id})</span>}
          </p>
        )}
        <Techniques ticket={ticket} />
      </Panel>
      <WhyFired ticket={ticket} />
      <Panel title={t('ticket.entities')}>
        <EntityList entities={ticket.entities} />
      </Panel>
      <Panel
        title={counts}
        end={
          <Button
            size="xs"
            variant="default"
            leftSection={<IconFileCode size={14} stroke={1.6} aria-hidden />}
            disabled={!canReadRaw}
            title={canReadRaw ? undefined : t('common.no_permission', { permission: 'tickets:raw' })}
            onClick={onRaw}
          >
            {t('ticket.raw.show')}
          </Button>
        }
      >
        <TicketAlerts ticketId={ticket.id} />
      </Panel>
      <Panel title={t('ticket.timeline')}>
        <Composer ticket={ticket} fieldRef={commentField} />
        <Timeline ticket={ticket} />
      </Panel>
    </>
  );
}

function Panel({ title, end, children }: { title: string; end?: ReactNode; children: ReactNode }) {
  return (
    <section className={classes.panel} aria-label={title}>
      <h2 className={classes.heading}>
        {title}
        {end}
      </h2>
      {children}
    </section>
  );
}

function Ended({ ticket }: { ticket: Ticket }) {
  const { t } = useTranslation();
  const impact = ticket.impact ?? ticket.resolution?.impact;
  return (
    <div className={classes.ended}>
      {ticket.verdict && <VerdictBadge verdict={ticket.verdict} />}{' '}
      {impact && (
        <span className={facts.dim}>
          {t('ticket.impact', { impact: t(`common.impact.${impact}`).toLocaleLowerCase() })}
        </span>
      )}
      <p>{ticket.reason ?? ticket.resolution?.reason}</p>
    </div>
  );
}
