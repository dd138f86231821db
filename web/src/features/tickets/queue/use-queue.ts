import { type InfiniteData, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useEffectEvent, useMemo, useState } from 'react';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import { onLiveEvents, onResync } from '@/api/live';
import type { Page, TicketSummary } from '@/api/model';
import { bootPage, listLoadedAt, markListLoaded, PAGE_SIZE, queueQuery, ticketCountQuery, toQuery } from '../api';
import type { TicketsSearch } from '../search';

type QueueData = InfiniteData<Page<TicketSummary>, string | null>;

/** The first new ticket after a quiet moment is looked for at once, */
const SOON_MS = 5;
/** the next ones soon after; while many arrive, or the server fails, only so often. */
const LOOK_MS = 50;
const BUSY_LOOK_MS = 1500;
/** So many at one look are many. */
const MANY = 5;
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
  const queryClient = useQueryClient();

  useEffect(() => {
    let timer: number | undefined;
    let arrived = 0;
    let looked = Number.NEGATIVE_INFINITY;
    let isOver = false;
    const look = async () => {
      const seen = arrived;
      looked = performance.now();
      const page = await api('GET /tickets', { query: arrivals(filters) }).catch(() => null);
      // Other filters count anew.
      if (isOver) return;
      timer = undefined;
      if (page) {
        arrived -= seen;
        setNewIds(page.items.map((item) => item.id));
        void queryClient.invalidateQueries({ queryKey: [...keys.all('tickets'), 'count'] });
      }
      if (arrived > 0) lookIn(page && seen < MANY ? LOOK_MS : BUSY_LOOK_MS);
    };
    const lookIn = (pause: number) => {
      timer ??= window.setTimeout(() => void look(), pause);
    };
    const stopEvents = onLiveEvents('tickets', (events) => {
      arrived += events.filter((event) => event.change === 'created').length;
      if (arrived > 0) lookIn(performance.now() - looked > LOOK_MS ? SOON_MS : LOOK_MS);
    });
    // After a gap that the server cannot fill, nobody tells what was created in it.
    const stopResync = onResync(() => {
      arrived += 1;
      lookIn(LOOK_MS);
    });
    return () => {
      isOver = true;
      window.clearTimeout(timer);
      stopEvents();
      stopResync();
    };
  }, [filters, queryClient]);

  const clear = useCallback(() => setNewIds([]), []);
  const waiting = useMemo(() => {
    if (newIds.length === 0) return newIds;
    const shown = new Set(rows.map((row) => row.id));
    return newIds.filter((id) => !shown.has(id));
  }, [newIds, rows]);
  return { newIds: waiting, clear };
}

/** What was created since the list was loaded. A little earlier, in fact: clocks differ, and known rows are left out. */
function arrivals(filters: TicketsSearch) {
  const since = new Date((listLoadedAt(filters) ?? Date.now()) - CLOCK_SKEW_MS).toISOString();
  return { ...toQuery(filters), created_from: since, sort: '-created_at', limit: 200 };
}
