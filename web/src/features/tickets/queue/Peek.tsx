import { ActionIcon, Button } from '@mantine/core';
import { IconArrowUpRight, IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Ticket, TicketSummary } from '@/api/model';
import { useCan } from '@/api/permissions';
import { inReadersWords } from '@/i18n/own-words';
import { amounts } from '@/lib/amounts';
import { CopyButton } from '@/ui/CopyButton';
import { ErrorState } from '@/ui/ErrorState';
import { KeyHint } from '@/ui/KeyHint';
import { LoadingSkeleton } from '@/ui/LoadingSkeleton';
import { RelativeTime } from '@/ui/RelativeTime';
import { SeverityBadge } from '@/ui/SeverityBadge';
import { StageBadge, VerdictBadge } from '@/ui/StageBadge';
import { UrgencyBadge } from '@/ui/UrgencyBadge';
import { UrgencyTable } from '@/ui/UrgencyTable';
import { ticketQuery } from '../api';
import { EventsAround } from '../parts/EventsAround';
import { AssetCard, EntityList, FactSection, SimilarList } from '../parts/FactSections';
import facts from '../parts/facts.module.css';
import { OrganizationOf } from '../parts/OrganizationOf';
import classes from './Peek.module.css';

interface PeekProps {
  row: TicketSummary;
  onClaim: () => void;
  onAssign: () => void;
  onVerdict: () => void;
  onClose: () => void;
}

/** Beside the list, not over it: j and k keep walking and the panel follows. */
export function Peek({ row, onClaim, onAssign, onVerdict, onClose }: PeekProps) {
  const { t } = useTranslation();
  const ticket = useQuery(ticketQuery(row.id));
  return (
    <aside className={classes.peek} aria-label={t('tickets.peek', { reference: row.reference })}>
      <div className={classes.head}>
        <span className="mono">{row.reference}</span>
        <CopyButton value={row.reference} label={t('ticket.copy_reference')} />
        <OrganizationOf id={row.organization_id} />
        <ActionIcon
          component={Link}
          to="/tickets/$id"
          params={{ id: row.id } as never}
          ml="auto"
          aria-label={t('tickets.open', { reference: row.reference })}
        >
          <IconArrowUpRight size={17} stroke={1.5} aria-hidden />
        </ActionIcon>
        <ActionIcon onClick={onClose} aria-label={t('common.action.close')}>
          <IconX size={17} stroke={1.5} aria-hidden />
        </ActionIcon>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <div className={classes.body} tabIndex={0} key={row.id}>
        <div className={facts.section}>
          <h2 className={classes.title}>{inReadersWords(row.title)}</h2>
          <div className={classes.badges}>
            <UrgencyBadge level={row.urgency} score={row.urgency_score} />
            <SeverityBadge level={row.severity} />
            <StageBadge stage={row.stage} label={row.status?.label} />
            {row.verdict && <VerdictBadge verdict={row.verdict} />}
            <span className={facts.dim}>{row.assignee?.display_name ?? t('tickets.nobody')}</span>
            <EventsAround ticket={row} />
          </div>
        </div>
        {ticket.isPending && <LoadingSkeleton rows={8} height={32} />}
        {ticket.isError && <ErrorState error={ticket.error} onRetry={() => void ticket.refetch()} />}
        {ticket.data && <PeekFacts ticket={ticket.data} />}
      </div>
      <PeekActions row={row} onClaim={onClaim} onAssign={onAssign} onVerdict={onVerdict} />
    </aside>
  );
}

function PeekFacts({ ticket }: { ticket: Ticket }) {
  const { t, i18n } = useTranslation();
  return (
    <>
      <FactSection title={t('ticket.entities')}>
        <EntityList entities={ticket.entities} isShort />
      </FactSection>
      <FactSection title={t('common.field.asset')}>
        <AssetCard asset={ticket.asset_card} />
      </FactSection>
      <FactSection title={t('ticket.recurrence')}>
        <dl className={facts.facts}>
          <dt>{t('ticket.first_seen')}</dt>
          <dd>
            <RelativeTime at={ticket.first_seen_at} isLong />
          </dd>
          <dt>{t('ticket.last_seen')}</dt>
          <dd>
            <RelativeTime at={ticket.last_seen_at} isLong />
          </dd>
          <dt>{t('tickets.column.alerts')}</dt>
          <dd>{amounts({ alerts: ticket.alerts, occurrences: ticket.occurrences }, t, i18n.language)}</dd>
        </dl>
      </FactSection>
      <FactSection title={t('ticket.similar')}>
        <SimilarList ticketId={ticket.id} limit={4} />
      </FactSection>
      <FactSection title={t('ticket.urgency_terms')}>
        <UrgencyTable terms={ticket.urgency_terms} level={ticket.urgency} score={ticket.urgency_score} />
      </FactSection>
    </>
  );
}

function PeekActions({ row, onClaim, onAssign, onVerdict }: Omit<PeekProps, 'onClose'>) {
  const { t } = useTranslation();
  const canAssign = useCan('tickets:assign', row.organization_id);
  const canClose = useCan('tickets:close', row.organization_id);
  const assignReason = canAssign ? undefined : t('common.no_permission', { permission: 'tickets:assign' });
  const closeReason = canClose ? undefined : t('common.no_permission', { permission: 'tickets:close' });
  return (
    <div className={classes.foot}>
      <Button disabled={!canAssign} title={assignReason} onClick={onClaim} rightSection={<KeyHint keys="C" />}>
        {t('tickets.action.claim')}
      </Button>
      <Button
        variant="default"
        disabled={!canAssign}
        title={assignReason}
        onClick={onAssign}
        rightSection={<KeyHint keys="A" />}
      >
        {t('tickets.action.assign')}
      </Button>
      <Button
        variant="default"
        disabled={!canClose}
        title={closeReason}
        onClick={onVerdict}
        rightSection={<KeyHint keys="V" />}
      >
        {t('tickets.action.verdict')}
      </Button>
    </div>
  );
}
