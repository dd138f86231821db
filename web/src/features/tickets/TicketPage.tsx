import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { type ReactNode, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import type { Ticket } from '@/api/model';
import { useCan } from '@/api/permissions';
import { inReadersWords } from '@/i18n/own-words';
import { useKeys } from '@/lib/use-keys';
import { ConfirmDialog } from '@/ui/ConfirmDialog';
import { DetailColumns, DetailHeader } from '@/ui/DetailHeader';
import { ErrorState } from '@/ui/ErrorState';
import { LoadingSkeleton } from '@/ui/LoadingSkeleton';
import { notifyDone } from '@/ui/notify';
import { PageFrame, PageScroll } from '@/ui/PageHeader';
import { ticketQuery } from './api';
import { findRow, neighbour, putTicket } from './cache';
import { AssignDialog } from './parts/AssignDialog';
import { VerdictDialog } from './parts/VerdictDialog';
import { EditTicketDrawer } from './ticket/EditTicketDrawer';
import { RawDialog } from './ticket/RawDialog';
import { SuppressionOffer } from './ticket/SuppressionOffer';
import { TicketHeader } from './ticket/TicketHeader';
import { TicketMain } from './ticket/TicketMain';
import { TicketSide } from './ticket/TicketSide';
import { useTicketActions } from './use-ticket-actions';

const route = getRouteApi('/shell/tickets/$id');

export function TicketPage() {
  const { id } = route.useParams();
  const ticket = useQuery(ticketQuery(id));
  if (!ticket.data) {
    return (
      <UnloadedTicket id={id}>
        {ticket.error ? (
          <ErrorState error={ticket.error} onRetry={() => void ticket.refetch()} />
        ) : (
          <LoadingSkeleton rows={12} />
        )}
      </UnloadedTicket>
    );
  }
  // Keyed, so that drafts and dialogs never cross from one ticket to the next.
  return <LoadedTicket key={id} ticket={ticket.data} />;
}

/** The way back, and what the list knew already, for as long as there is no more. */
function UnloadedTicket({ id, children }: { id: string; children: ReactNode }) {
  const { t } = useTranslation();
  const row = findRow(useQueryClient(), id);
  return (
    <PageFrame>
      <DetailHeader
        back={<Link to="/tickets">{t('tickets.title')}</Link>}
        reference={row && <span className="mono">{row.reference}</span>}
        title={inReadersWords(row?.title) ?? t('ticket.title')}
      />
      <PageScroll>{children}</PageScroll>
    </PageFrame>
  );
}

type Overlay = 'verdict' | 'assign' | 'edit' | 'reopen' | 'raw' | null;

function LoadedTicket({ ticket }: { ticket: Ticket }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const [overlay, setOverlay] = useState<Overlay>(null);
  const commentField = useRef<HTMLTextAreaElement>(null);
  const actions = useTicketActions();
  const watch = useWatch(ticket);
  const reopen = useReopen(ticket, () => setOverlay(null));
  const canClose = useCan('tickets:close', ticket.organization_id);
  const canAssign = useCan('tickets:assign', ticket.organization_id);
  const isOver = ticket.stage === 'resolved' || ticket.stage === 'closed';
  const close = () => setOverlay(null);

  const deeds = {
    claim: () => void actions.claim(ticket),
    assign: () => setOverlay('assign'),
    verdict: () => setOverlay('verdict'),
    reopen: () => setOverlay('reopen'),
    edit: () => setOverlay('edit'),
    watch: () => watch.mutate(),
    setStage: (stage: 'new' | 'in_progress' | 'pending') => void actions.update(ticket, { stage }),
  };
  const goTo = (step: number) => {
    const next = neighbour(queryClient, ticket.id, step);
    if (next) void navigate({ to: '/tickets/$id', params: { id: next } });
  };
  useKeys({
    j: () => goTo(1),
    k: () => goTo(-1),
    c: () => canAssign && !isOver && deeds.claim(),
    a: () => canAssign && !isOver && deeds.assign(),
    v: () => canClose && ticket.stage !== 'closed' && deeds.verdict(),
    u: actions.undo,
    r: () => commentField.current?.focus(),
    w: deeds.watch,
    y: () => void navigator.clipboard?.writeText(ticket.reference).then(() => notifyDone(t('common.action.copied'))),
    Escape: () => void navigate({ to: '/tickets' }),
  });

  return (
    <PageFrame>
      <TicketHeader ticket={ticket} deeds={deeds} />
      <SuppressionOffer ticket={ticket} />
      <PageScroll>
        <DetailColumns side={<TicketSide ticket={ticket} />} sideLabel={t('ticket.context')}>
          <TicketMain ticket={ticket} commentField={commentField} onRaw={() => setOverlay('raw')} />
        </DetailColumns>
      </PageScroll>
      {overlay === 'verdict' && (
        <VerdictDialog
          subject={ticket.reference}
          canResolve={ticket.stage !== 'resolved'}
          onSubmit={(input, as) => actions.close(ticket, input, as)}
          onClose={close}
        />
      )}
      {overlay === 'assign' && (
        <AssignDialog
          organizationId={ticket.organization_id}
          subject={ticket.reference}
          onClose={close}
          onPick={(person) => {
            close();
            void actions.update(ticket, { assignee_id: person?.id ?? null });
          }}
        />
      )}
      {overlay === 'edit' && <EditTicketDrawer ticket={ticket} onClose={close} />}
      {overlay === 'raw' && <RawDialog ticketId={ticket.id} onClose={close} />}
      <ConfirmDialog
        isOpen={overlay === 'reopen'}
        title={t('ticket.reopen_title', { reference: ticket.reference })}
        confirmLabel={t('tickets.action.reopen')}
        asksReason
        isPending={reopen.isPending}
        error={reopen.error}
        onConfirm={(reason) => reopen.mutate(reason)}
        onClose={close}
      />
    </PageFrame>
  );
}

function useWatch(ticket: Ticket) {
  const queryClient = useQueryClient();
  const operation = ticket.is_watching ? 'DELETE /tickets/{id}/watch' : 'PUT /tickets/{id}/watch';
  return useMutation({
    mutationFn: () => api(operation, { path: { id: ticket.id } }),
    onSettled: () => queryClient.invalidateQueries({ queryKey: keys.one('tickets', ticket.id), exact: true }),
  });
}

function useReopen(ticket: Ticket, onDone: () => void) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (reason: string) => api('POST /tickets/{id}/reopen', { path: { id: ticket.id }, body: { reason } }),
    onSuccess: (reopened) => {
      putTicket(queryClient, reopened);
      onDone();
    },
  });
}
