import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import { onLiveEvents, onResync } from '@/api/live';
import type { LiveEvent } from '@/api/live-frames';
import type { PersonRef } from '@/api/model';
import { toQuery } from './api';
import { findRow, patchRows, type RowPatch } from './cache';

/** A storm of events becomes four patches a second. */
const FLUSH_MS = 250;
/** Rows whose new assignee is unknown are asked for, so many at a time. */
const FETCHED_AT_ONCE = 8;

/** Keeps every loaded ticket current for as long as the shell is mounted. Rows never move. */
export function useTicketsLive(): void {
  const queryClient = useQueryClient();
  useEffect(() => {
    const waiting = new Map<string, LiveEvent>();
    let timer: number | undefined;
    const flush = () => {
      timer = undefined;
      const events = [...waiting.values()];
      waiting.clear();
      applyEvents(queryClient, events);
    };
    const stopTickets = onLiveEvents('tickets', (events) => {
      for (const event of events) if (event.change !== 'created') waiting.set(event.id, event);
      if (waiting.size > 0) timer ??= window.setTimeout(flush, FLUSH_MS);
    });
    const stopComments = onLiveEvents('comments', (events) => {
      for (const { id, data } of events) {
        const ticket = data?.ticket_id ?? id;
        void queryClient.invalidateQueries({ queryKey: keys.part('tickets', ticket, 'activity') });
      }
    });
    const stopResync = onResync(() => void refreshLoadedRows(queryClient));
    return () => {
      stopTickets();
      stopComments();
      stopResync();
      window.clearTimeout(timer);
    };
  }, [queryClient]);
}

function applyEvents(queryClient: QueryClient, events: LiveEvent[]): void {
  const patches: RowPatch[] = [];
  const unknown: string[] = [];
  for (const event of events) {
    void queryClient.invalidateQueries({ queryKey: keys.one('tickets', event.id) });
    const row = findRow(queryClient, event.id);
    if (!row || (event.data?.version ?? row.version + 1) <= row.version) continue;
    const { assignee_id, ticket_id: _, ...data } = event.data ?? {};
    const assignee = assignee_id === undefined ? row.assignee : knownPerson(queryClient, assignee_id);
    if (!event.data || assignee === undefined) unknown.push(event.id);
    patches.push({ id: event.id, ...data, ...(assignee === undefined ? {} : { assignee }) });
  }
  patchRows(queryClient, patches);
  void fetchRows(queryClient, unknown.slice(0, FETCHED_AT_ONCE));
}

/** `null` is nobody; `undefined` is somebody whose name is not known here. */
function knownPerson(queryClient: QueryClient, id: string | null): PersonRef | null | undefined {
  if (id === null) return null;
  const lists = queryClient.getQueriesData<PersonRef[]>({ queryKey: ['users', 'assignable'] });
  for (const [, people] of lists) {
    const person = people?.find((each) => each.id === id);
    if (person) return person;
  }
  return undefined;
}

async function fetchRows(queryClient: QueryClient, ids: string[]): Promise<void> {
  const settled = await Promise.allSettled(ids.map((id) => api('GET /tickets/{id}', { path: { id } })));
  const found = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  patchRows(
    queryClient,
    found.map(({ id, assignee, stage, severity, urgency, urgency_score, title, version, alerts, occurrences }) => ({
      id,
      assignee,
      stage,
      severity,
      urgency,
      urgency_score,
      title,
      version,
      alerts,
      occurrences,
    })),
  );
}

/** After a gap in the live stream: ask for the loaded rows again, and change them where they stand. */
async function refreshLoadedRows(queryClient: QueryClient): Promise<void> {
  const lists = queryClient.getQueryCache().findAll({ queryKey: [...keys.all('tickets'), 'list'], type: 'active' });
  for (const list of lists) {
    const filters = list.queryKey[2] as Record<string, string>;
    const page = await api('GET /tickets', { query: { ...toQuery(filters), limit: 200 } }).catch(() => null);
    if (page) patchRows(queryClient, page.items);
  }
}
