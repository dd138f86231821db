import { type RefObject, useState } from 'react';
import type { TicketSummary } from '@/api/model';
import type { DataTableHandle } from '@/ui/DataTable';

/** Where the person was, so that coming back from a ticket lands on its row. */
let lastActive: string | null = null;

/** The row the keys act on. Without one, the first key press takes the top row. */
export function useActiveRow(rows: readonly TicketSummary[], table: RefObject<DataTableHandle | null>) {
  const [id, setId] = useState<string | null>(lastActive);
  const index = rows.findIndex((row) => row.id === id);
  const row = index >= 0 ? rows[index] : undefined;
  const activate = (next: TicketSummary | undefined) => {
    lastActive = next?.id ?? null;
    setId(lastActive);
  };
  const move = (step: number) => {
    const next = Math.min(rows.length - 1, Math.max(0, index < 0 ? 0 : index + step));
    activate(rows[next]);
    table.current?.scrollToIndex(next);
  };
  const movePage = (direction: 1 | -1) => move(direction * (table.current?.pageRows() ?? 1));
  return { id, row, index, activate, move, movePage };
}
