import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, isApiError } from '@/api/client';
import { keys } from '@/api/keys';
import type { BulkChange, CloseInput, TicketChange, TicketSummary } from '@/api/model';
import { useMe } from '@/api/permissions';
import { errorText } from '@/ui/error-text';
import { notifyDone, notifyFailed } from '@/ui/notify';
import { patchRows, putTicket } from './cache';
import { UndoNotice } from './UndoNotice';
import { rememberUndo, showUndoNotice, undoLast } from './undo';

/** What an analyst does to tickets, one by one or many at once. Each answers whether it worked. */
export function useTicketActions() {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const me = useMe();

  const fail = (error: unknown) => {
    if (isApiError(error, 'already_claimed') && error.problem.detail) {
      notifyFailed(`${errorText(error, t)}: ${error.problem.detail}`);
    } else notifyFailed(errorText(error, t));
    return false;
  };
  const offerUndo = (text: string, run: () => Promise<unknown>) => {
    rememberUndo(() => void run().then(() => notifyDone(t('shell.undo.done')), fail));
    showUndoNotice(<UndoNotice text={text} />);
  };

  const releaseClaim = async (before: TicketSummary) => {
    const current = await api('GET /tickets/{id}', { path: { id: before.id } });
    const stage = before.stage === 'new' || before.stage === 'pending' ? before.stage : 'in_progress';
    const body = { assignee_id: before.assignee?.id ?? null, stage } as const;
    putTicket(
      queryClient,
      await api('PATCH /tickets/{id}', { path: { id: before.id }, body, version: current.version }),
    );
  };

  const claim = async (ticket: TicketSummary) => {
    try {
      putTicket(queryClient, await api('POST /tickets/{id}/claim', { path: { id: ticket.id } }));
      offerUndo(t('tickets.done.claimed', { reference: ticket.reference }), () => releaseClaim(ticket));
      return true;
    } catch (error) {
      return fail(error);
    }
  };

  const close = async (ticket: TicketSummary, input: CloseInput, as: 'resolve' | 'close') => {
    const operation = as === 'close' ? 'POST /tickets/{id}/close' : 'POST /tickets/{id}/resolve';
    const closed = await api(operation, { path: { id: ticket.id }, body: input, version: ticket.version });
    putTicket(queryClient, closed);
    notifyDone(t(as === 'close' ? 'tickets.done.closed' : 'tickets.done.resolved', { reference: ticket.reference }));
    return closed;
  };

  /** For what cannot overwrite a text: on a conflict the newest version is taken and the change repeated once. */
  const update = async (ticket: TicketSummary, body: TicketChange) => {
    const path = { id: ticket.id };
    try {
      putTicket(queryClient, await api('PATCH /tickets/{id}', { path, body, version: ticket.version }));
      return true;
    } catch (error) {
      if (!isApiError(error, 'version_conflict')) return fail(error);
    }
    try {
      const { version } = await api('GET /tickets/{id}', { path });
      putTicket(queryClient, await api('PATCH /tickets/{id}', { path, body, version }));
      return true;
    } catch (error) {
      return fail(error);
    }
  };

  const bulk = async (ids: string[], change: BulkChange) => {
    try {
      const outcome = await api('POST /tickets/bulk', { body: { ids, change } });
      const people = queryClient.getQueriesData<{ id: string; display_name: string }[]>({
        queryKey: ['users', 'assignable'],
      });
      const person = people.flatMap(([, list]) => list ?? []).find(({ id }) => id === change.assignee_id);
      patchRows(
        queryClient,
        outcome.changed.map(({ id, version }) => ({
          id,
          version,
          ...(change.stage ? { stage: change.stage } : {}),
          ...(change.severity ? { severity: change.severity } : {}),
          ...(change.close ? { stage: 'closed' as const, verdict: change.close.verdict } : {}),
          ...(change.assignee_id === undefined ? {} : { assignee: person ?? assigneeOf(change.assignee_id, me?.user) }),
        })),
      );
      for (const { id } of outcome.changed) void queryClient.invalidateQueries({ queryKey: keys.one('tickets', id) });
      if (outcome.failed.length > 0) notifyFailed(t('tickets.done.bulk_failed', { count: outcome.failed.length }));
      else notifyDone(t('tickets.done.bulk', { count: outcome.changed.length }));
      return outcome.failed.length === 0;
    } catch (error) {
      return fail(error);
    }
  };

  const merge = async (survivor: TicketSummary, members: TicketSummary[]) => {
    try {
      const body = { survivor_id: survivor.id, member_ids: members.map(({ id }) => id) };
      const outcome = await api('POST /tickets/merge', { body });
      putTicket(queryClient, outcome.survivor);
      const merged_into = { id: survivor.id, reference: survivor.reference };
      patchRows(
        queryClient,
        members.map(({ id }) => ({ id, merged_into })),
      );
      offerUndo(t('tickets.done.merged', { count: members.length, reference: survivor.reference }), async () => {
        await api('POST /tickets/merges/{merge_id}/undo', { path: { merge_id: outcome.merge_id } });
        patchRows(
          queryClient,
          members.map(({ id }) => ({ id, merged_into: null })),
        );
        await queryClient.invalidateQueries({ queryKey: keys.one('tickets', survivor.id) });
      });
      return true;
    } catch (error) {
      return fail(error);
    }
  };

  const undo = () => {
    if (!undoLast()) notifyDone(t('tickets.done.nothing_to_undo'));
  };

  return { claim, close, update, bulk, merge, undo, fail };
}

function assigneeOf(id: string | null, me: { id: string; display_name: string } | undefined) {
  return id !== null && me?.id === id ? { id, display_name: me.display_name } : null;
}
