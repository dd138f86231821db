import { useCallback, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { TicketSummary } from '@/api/model';

/** What is selected survives every refresh: it is kept by id, with the row as it was last seen. */
export function useSelection(rows: readonly TicketSummary[]) {
  const [chosen, setChosen] = useState<ReadonlyMap<string, TicketSummary>>(new Map());
  const anchor = useRef<string | null>(null);
  // Read when a range is selected; the rows of the table must not change with every page that loads.
  const shown = useRef(rows);
  useLayoutEffect(() => {
    shown.current = rows;
  });

  const toggle = useCallback((row: TicketSummary) => {
    anchor.current = row.id;
    setChosen((current) => {
      const next = new Map(current);
      if (!next.delete(row.id)) next.set(row.id, row);
      return next;
    });
  }, []);

  const selectTo = useCallback(
    (row: TicketSummary) => {
      const from = shown.current.findIndex(({ id }) => id === anchor.current);
      const to = shown.current.findIndex(({ id }) => id === row.id);
      if (from < 0 || to < 0) return toggle(row);
      const range = shown.current.slice(Math.min(from, to), Math.max(from, to) + 1);
      setChosen((current) => new Map([...current, ...range.map((each) => [each.id, each] as const)]));
    },
    [toggle],
  );

  const clear = useCallback(() => setChosen(new Map()), []);
  const ids = useMemo(() => new Set(chosen.keys()), [chosen]);
  const tickets = useMemo(() => {
    if (chosen.size === 0) return [];
    const current = new Map(rows.filter(({ id }) => chosen.has(id)).map((row) => [row.id, row]));
    return [...chosen.values()].map((row) => current.get(row.id) ?? row);
  }, [chosen, rows]);
  return { ids, tickets, toggle, selectTo, clear };
}
