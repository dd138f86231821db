import { type InfiniteData, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useEffectEvent, useMemo, useRef, useState } from 'react';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import { useLiveEvents } from '@/api/live';
import type { LiveEvent, Page, TicketSummary } from '@/api/model';
import { bootPage, listLoadedAt, markListLoaded, PAGE_SIZE, queueQuery, ticketCountQuery, toQuery } from '../api';
import type { TicketsSearch } from '../search';

type QueueData = InfiniteData<Page<TicketSummary>, string | null>;

/** New tickets are looked for at most this often, however many arrive. */
const LOOK_MS = 1500;
/** A list older than this is asked for again when the page opens; nobody's hand is on it yet. */
const STALE_MS = 60_000;
const CLOCK_SKEW_MS = 10_000;

/** The rows of the queue. They hold still: what is new waits in `newIds` until `showNew`. */
export function useQueue(filters: TicketsSearch) {
  const queryClient = useQueryClient();
  const options = queueQuery(filters);
  const boot = queryClient.getQueryData<Page<TicketSummary>>(keys.other('tickets', 'boot'));
  const query = useInfiniteQuery({ ...options, initialData: () => bootPage(boot, filters) });
  const count = useQuery(ticketCountQuery(filters));
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  const [freshIds, setFreshIds] = useState<ReadonlySet<string>>(new Set());
  const { newIds, clear } = useNewTickets(filters, rows);

  const showNew = useCallback(async () => {
    const waiting = new Set(newIds);
    markListLoaded(filters);
    const page = await api('GET /tickets', { query: { ...toQuery(filters), limit: PAGE_SIZE } });
    queryClient.setQueryData<QueueData>(options.queryKey, { pages: [page], pageParams: [null] });
    setFreshIds(waiting);
    clear();
    void queryClient.invalidateQueries({ queryKey: [...keys.all('tickets'), 'count'] });
  }, [queryClient, filters, options.queryKey, newIds, clear]);

  const reload = useEffectEvent(() => void showNew());
  useEffect(() => {
    // The page that came with the document is good for one visit only.
    queryClient.removeQueries({ queryKey: keys.other('tickets', 'boot') });
    const at = listLoadedAt(filters);
    if (at !== undefined && Date.now() - at > STALE_MS) reload();
  }, [queryClient, filters]);

  return { query, rows, count: count.data, newIds, showNew, freshIds };
}

/** Which tickets arrived since the list was loaded and belong in it, by asking the server with the same filters. */
function useNewTickets(filters: TicketsSearch, rows: readonly TicketSummary[]) {
  const [newIds, setNewIds] = useState<readonly string[]>([]);
  const [isFor, setIsFor] = useState(filters);
  if (isFor !== filters) {
    setIsFor(filters);
    setNewIds([]);
  }
  const timer = useRef<number | undefined>(undefined);
  const known = useRef(rows);
  known.current = rows;
  const queryClient = useQueryClient();

  // biome-ignore lint/correctness/useExhaustiveDependencies: other filters start counting anew
  useEffect(
    () => () => {
      window.clearTimeout(timer.current);
      timer.current = undefined;
    },
    [filters],
  );

  const look = useCallback(async () => {
    timer.current = undefined;
    // A little earlier than the load: clocks differ, and known rows are left out anyway.
    const since = new Date((listLoadedAt(filters) ?? Date.now()) - CLOCK_SKEW_MS).toISOString();
    const query = { ...toQuery(filters), created_from: since, sort: '-created_at', limit: 200 };
    const page = await api('GET /tickets', { query }).catch(() => null);
    if (!page) return;
    const shown = new Set(known.current.map((row) => row.id));
    setNewIds(page.items.filter((item) => !shown.has(item.id)).map((item) => item.id));
    void queryClient.invalidateQueries({ queryKey: [...keys.all('tickets'), 'count'] });
  }, [filters, queryClient]);

  useLiveEvents(
    'tickets',
    useCallback(
      (events: LiveEvent[]) => {
        if (events.some((event) => event.change === 'created'))
          timer.current ??= window.setTimeout(() => void look(), LOOK_MS);
      },
      [look],
    ),
  );

  const clear = useCallback(() => setNewIds([]), []);
  return { newIds, clear };
}
