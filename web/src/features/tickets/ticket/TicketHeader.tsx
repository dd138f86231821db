import { ActionIcon, Anchor, Button, Menu, Tooltip } from '@mantine/core';
import { IconChevronDown, IconEye, IconEyeCheck, IconPencil } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Stage, Ticket } from '@/api/model';
import { type Permission, useCan } from '@/api/permissions';
import { inReadersWords } from '@/i18n/own-words';
import { CopyButton } from '@/ui/CopyButton';
import { DetailHeader } from '@/ui/DetailHeader';
import { KeyHint } from '@/ui/KeyHint';
import { SeverityBadge } from '@/ui/SeverityBadge';
import { StageBadge, Tag, VerdictBadge } from '@/ui/StageBadge';
import { UrgencyBadge } from '@/ui/UrgencyBadge';
import { EventsAround } from '../parts/EventsAround';
import { OrganizationOf } from '../parts/OrganizationOf';
import classes from './TicketHeader.module.css';

export interface TicketDeeds {
  claim: () => void;
  assign: () => void;
  verdict: () => void;
  reopen: () => void;
  edit: () => void;
  watch: () => void;
  setStage: (stage: 'new' | 'in_progress' | 'pending') => void;
}

export function TicketHeader({ ticket, deeds }: { ticket: Ticket; deeds: TicketDeeds }) {
  const { t } = useTranslation();
  return (
    <DetailHeader
      back={<Link to="/tickets">{t('tickets.title')}</Link>}
      reference={
        <>
          <span className="mono">{ticket.reference}</span>
          <CopyButton value={ticket.reference} label={t('ticket.copy_reference')} />
        </>
      }
      actions={<Actions ticket={ticket} deeds={deeds} />}
      title={inReadersWords(ticket.title)}
      facts={
        <>
          <UrgencyBadge level={ticket.urgency} score={ticket.urgency_score} />
          <SeverityBadge level={ticket.severity} />
          <StageMenu ticket={ticket} onPick={deeds.setStage} />
          {ticket.verdict && <VerdictBadge verdict={ticket.verdict} />}
          <span>{ticket.assignee?.display_name ?? t('tickets.nobody')}</span>
          <OrganizationOf id={ticket.organization_id} />
          {ticket.tags.map((tag) => (
            <Tag key={tag}>{tag}</Tag>
          ))}
          <EventsAround ticket={ticket} />
        </>
      }
    >
      {ticket.merged_into && (
        <div className={classes.merged}>
          {t('ticket.merged_into')}{' '}
          <Anchor component={Link} to="/tickets/$id" params={{ id: ticket.merged_into.id } as never} className="mono">
            {ticket.merged_into.reference}
          </Anchor>
        </div>
      )}
    </DetailHeader>
  );
}

function isDone(stage: Stage): boolean {
  return stage === 'resolved' || stage === 'closed';
}

function Actions({ ticket, deeds }: { ticket: Ticket; deeds: TicketDeeds }) {
  const { t } = useTranslation();
  const canWrite = useCan('tickets:write', ticket.organization_id);
  const isOver = isDone(ticket.stage);
  const watchLabel = t(ticket.is_watching ? 'ticket.unwatch' : 'ticket.watch');
  return (
    <>
      <Tooltip label={watchLabel}>
        <ActionIcon aria-label={watchLabel} aria-pressed={ticket.is_watching} onClick={deeds.watch}>
          {ticket.is_watching ? (
            <IconEyeCheck size={18} stroke={1.5} color="var(--cc-accent)" aria-hidden />
          ) : (
            <IconEye size={18} stroke={1.5} aria-hidden />
          )}
        </ActionIcon>
      </Tooltip>
      <Tooltip label={canWrite ? t('tickets.action.edit') : t('common.no_permission', { permission: 'tickets:write' })}>
        <ActionIcon aria-label={t('tickets.action.edit')} disabled={!canWrite} onClick={deeds.edit}>
          <IconPencil size={18} stroke={1.5} aria-hidden />
        </ActionIcon>
      </Tooltip>
      {!isOver && (
        <>
          <Deed ticket={ticket} permission="tickets:assign" keys="C" isMain={!ticket.assignee} onClick={deeds.claim}>
            {t('tickets.action.claim')}
          </Deed>
          <Deed ticket={ticket} permission="tickets:assign" keys="A" onClick={deeds.assign}>
            {t('tickets.action.assign')}
          </Deed>
        </>
      )}
      {ticket.stage !== 'closed' && (
        <Deed
          ticket={ticket}
          permission="tickets:close"
          keys="V"
          isMain={Boolean(ticket.assignee)}
          onClick={deeds.verdict}
        >
          {t('tickets.action.verdict')}
        </Deed>
      )}
      {isOver && (
        <Deed ticket={ticket} permission="tickets:reopen" onClick={deeds.reopen}>
          {t('tickets.action.reopen')}
        </Deed>
      )}
    </>
  );
}

interface DeedProps {
  ticket: Ticket;
  permission: Permission;
  keys?: string;
  isMain?: boolean;
  onClick: () => void;
  children: string;
}

function Deed({ ticket, permission, keys, isMain = false, onClick, children }: DeedProps) {
  const { t } = useTranslation();
  const isAllowed = useCan(permission, ticket.organization_id);
  const reason = ticket.merged_into
    ? t('errors.ticket_is_merged')
    : isAllowed
      ? undefined
      : t('common.no_permission', { permission });
  return (
    <Button
      variant={isMain ? 'filled' : 'default'}
      disabled={reason !== undefined}
      title={reason}
      onClick={onClick}
      rightSection={keys ? <KeyHint keys={keys} /> : undefined}
    >
      {children}
    </Button>
  );
}

function StageMenu({ ticket, onPick }: { ticket: Ticket; onPick: TicketDeeds['setStage'] }) {
  const { t } = useTranslation();
  const canWrite = useCan('tickets:write', ticket.organization_id);
  if (isDone(ticket.stage)) return <StageBadge stage={ticket.stage} label={ticket.status?.label} />;
  return (
    <Menu position="bottom-start">
      <Menu.Target>
        <button
          type="button"
          className={classes.stageButton}
          disabled={!canWrite}
          aria-label={t('ticket.change_stage')}
        >
          <StageBadge stage={ticket.stage} label={ticket.status?.label} />
          <IconChevronDown size={13} aria-hidden />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {(['new', 'in_progress', 'pending'] as const).map((stage) => (
          <Menu.Item key={stage} disabled={stage === ticket.stage} onClick={() => onPick(stage)}>
            <StageBadge stage={stage} />
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
