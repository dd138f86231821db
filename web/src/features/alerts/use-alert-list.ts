import { useThrottledCallback } from '@mantine/hooks';
import { type InfiniteData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useMemo, useRef, useState } from 'react';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import { useLiveEvents } from '@/api/live';
import type { LiveEvent } from '@/api/live-frames';
import type { Alert, Page } from '@/api/model';
import { splitList } from '@/lib/search-params';
import { type AlertFilters, alertsQuery } from './api';

/** Shown rows that changed are read again together, this many at most. */
const PATCH_MS = 2500;
const PATCHED_AT_ONCE = 12;

/** A list that holds still: shown rows change in place, new ones wait to be asked for. */
export function useAlertList(filters: AlertFilters) {
  const queryClient = useQueryClient();
  const query = useInfiniteQuery(alertsQuery(filters));
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  const listKey = JSON.stringify(filters);
  const [waiting, setWaiting] = useState<{ listKey: string; ids: ReadonlySet<string> }>({ listKey, ids: new Set() });
  const newIds = waiting.listKey === listKey ? waiting.ids : EMPTY;
  const changed = useRef(new Set<string>());

  const patch = useThrottledCallback(() => {
    const ids = [...changed.current].slice(0, PATCHED_AT_ONCE);
    changed.current.clear();
    for (const id of ids) void patchAlert(id);
  }, PATCH_MS);
  const patchAlert = async (id: string) => {
    const alert = await api('GET /alerts/{id}', { path: { id } }).catch(() => null);
    if (!alert) return;
    queryClient.setQueryData(keys.one('alerts', id), alert);
    queryClient.setQueriesData<InfiniteData<Page<Alert>>>({ queryKey: ['alerts', 'list'] }, (data) =>
      data ? replaceRow(data, alert) : data,
    );
  };

  const shownIds = useMemo(() => new Set(rows.map((row) => row.id)), [rows]);
  const hear = useCallback(
    (events: LiveEvent[]) => {
      const fresh = events.filter((event) => event.change === 'created' && fits(event, filters));
      for (const { id } of events) if (shownIds.has(id)) changed.current.add(id);
      if (changed.current.size > 0) patch();
      if (fresh.length === 0) return;
      setWaiting((current) => {
        const ids = new Set(current.listKey === listKey ? current.ids : []);
        for (const { id } of fresh) if (!shownIds.has(id)) ids.add(id);
        return { listKey, ids };
      });
    },
    [filters, listKey, shownIds, patch],
  );
  useLiveEvents('alerts', hear);

  const showNew = () => {
    setWaiting({ listKey, ids: EMPTY });
    return queryClient.resetQueries({ queryKey: alertsQuery(filters).queryKey });
  };
  return { query, rows, newCount: newIds.size, showNew, patchAlert };
}

const EMPTY: ReadonlySet<string> = new Set();

/** Whether a new alert belongs to the list, as far as its event says. */
function fits(event: LiveEvent, filters: AlertFilters): boolean {
  const severities = splitList(filters.severity);
  if (filters.organization_id && event.organization_id !== filters.organization_id) return false;
  return severities.length === 0 || !event.data?.severity || severities.includes(event.data.severity);
}

function replaceRow(data: InfiniteData<Page<Alert>>, alert: Alert): InfiniteData<Page<Alert>> {
  const swap = (row: Alert) => (row.id === alert.id ? { ...row, ...alert } : row);
  return { ...data, pages: data.pages.map((page) => ({ ...page, items: page.items.map(swap) })) };
}
