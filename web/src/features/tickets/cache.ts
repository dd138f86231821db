import type { InfiniteData, QueryClient } from '@tanstack/react-query';
import { keys } from '@/api/keys';
import type { Page, Ticket, TicketSummary } from '@/api/model';

type QueueData = InfiniteData<Page<TicketSummary>, string | null>;
export type RowPatch = Partial<TicketSummary> & { id: string };

/** Patches rows where they stand, in every loaded list. Pages without a change keep their identity. */
export function patchRows(queryClient: QueryClient, patches: readonly RowPatch[]): void {
  if (patches.length === 0) return;
  const byId = new Map(patches.map((patch) => [patch.id, patch]));
  queryClient.setQueriesData<QueueData>({ queryKey: [...keys.all('tickets'), 'list'] }, (data) => {
    if (!data) return data;
    let isChanged = false;
    const pages = data.pages.map((page) => {
      if (!page.items.some((item) => byId.has(item.id))) return page;
      isChanged = true;
      return {
        ...page,
        items: page.items.map((item) => (byId.has(item.id) ? { ...item, ...byId.get(item.id) } : item)),
      };
    });
    return isChanged ? { ...data, pages } : data;
  });
}

const DETAIL_ONLY = new Set(['description', 'urgency_terms', 'asset_card', 'entities', 'watchers', 'links', 'members']);

/** After a change of one's own: the ticket and its rows show the server's answer at once. */
export function putTicket(queryClient: QueryClient, ticket: Ticket): void {
  queryClient.setQueryData(keys.one('tickets', ticket.id), ticket);
  const row = Object.fromEntries(Object.entries(ticket).filter(([key]) => !DETAIL_ONLY.has(key)));
  patchRows(queryClient, [row as RowPatch]);
  void queryClient.invalidateQueries({ queryKey: keys.part('tickets', ticket.id, 'activity') });
}

/** The loaded row of a ticket, in whatever list holds it. */
export function findRow(queryClient: QueryClient, id: string): TicketSummary | undefined {
  for (const [, data] of queryClient.getQueriesData<QueueData>({ queryKey: [...keys.all('tickets'), 'list'] })) {
    for (const page of data?.pages ?? []) {
      const row = page.items.find((item) => item.id === id);
      if (row) return row;
    }
  }
  return undefined;
}

/** The ticket before or after another one in the list the person came from. */
export function neighbour(queryClient: QueryClient, id: string, step: number): string | undefined {
  const lists = queryClient.getQueryCache().findAll({ queryKey: [...keys.all('tickets'), 'list'] });
  const recent = lists.sort((a, b) => b.state.dataUpdatedAt - a.state.dataUpdatedAt);
  for (const list of recent) {
    const rows = (list.state.data as QueueData | undefined)?.pages.flatMap((page) => page.items) ?? [];
    const index = rows.findIndex((row) => row.id === id);
    if (index >= 0) return rows[index + step]?.id;
  }
  return undefined;
}
