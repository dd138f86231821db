import { type KeyboardEvent, useRef, useState } from 'react';
import { useKeys } from '@/lib/use-keys';
import { DataTable, type DataTableHandle, type DataTableProps } from './DataTable';

interface ListTableProps<Row> extends Omit<DataTableProps<Row>, 'ref' | 'activeId' | 'onOpen'> {
  onOpen: (row: Row) => void;
  /** The row that is open beside the list. */
  openId?: string | null;
}

const STEPS: Record<string, number> = {
  ArrowDown: 1,
  ArrowUp: -1,
  PageDown: 15,
  PageUp: -15,
  Home: Number.NEGATIVE_INFINITY,
  End: Number.POSITIVE_INFINITY,
};

/** A table walked by keyboard: j and k anywhere on the page, arrows while it has the focus, Enter opens. */
export function ListTable<Row>({ onOpen, openId, ...table }: ListTableProps<Row>) {
  const [cursor, setCursor] = useState<string | null>(null);
  const handle = useRef<DataTableHandle>(null);
  const { rows, getRowId } = table;
  const activeId = openId ?? cursor;
  const index = rows.findIndex((row) => getRowId(row) === activeId);

  const goTo = (next: number) => {
    const row = rows[Math.min(rows.length - 1, Math.max(0, next))];
    if (row === undefined) return;
    setCursor(getRowId(row));
    // While something is open beside the list, it follows.
    if (openId) onOpen(row);
    handle.current?.scrollToIndex(rows.indexOf(row));
    handle.current?.focus();
  };
  const open = () => {
    const row = rows[index];
    if (row !== undefined) onOpen(row);
  };
  useKeys({ j: () => goTo(index + 1), k: () => goTo(index - 1), Enter: open });

  const walk = (event: KeyboardEvent) => {
    if ((event.target as HTMLElement).getAttribute('role') !== 'grid') return;
    const step = STEPS[event.key];
    if (step !== undefined) goTo(index + step);
    else if (event.key === 'Enter' || event.key === ' ') open();
    else return;
    event.preventDefault();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only hears the keys of the grid inside
    <div style={{ display: 'contents' }} onKeyDown={walk}>
      <DataTable
        {...table}
        ref={handle}
        activeId={activeId}
        onOpen={(row) => {
          setCursor(getRowId(row));
          onOpen(row);
        }}
      />
    </div>
  );
}
