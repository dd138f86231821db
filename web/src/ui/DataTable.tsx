import { Loader } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { type Range, useVirtualizer, type Virtualizer } from '@tanstack/react-virtual';
import {
  type CSSProperties,
  memo,
  type ReactNode,
  type Ref,
  useCallback,
  useEffect,
  useId,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
} from 'react';
import { useTranslation } from 'react-i18next';
import classes from './DataTable.module.css';
import { EmptyState } from './EmptyState';
import { ErrorState } from './ErrorState';
import { LoadingSkeleton } from './LoadingSkeleton';

export interface RowState {
  isSelected: boolean;
  isActive: boolean;
}

export interface Column<Row> {
  id: string;
  header: ReactNode;
  /** A CSS grid track: `120px`, `minmax(200px, 2fr)`. */
  width: string;
  /** The server's sort key; absent means the column does not sort. */
  sortKey?: string;
  align?: 'start' | 'end';
  /** Must be stable and free of state: rows are recycled while scrolling. Cheap, too: a flick draws a dozen a frame. */
  cell: (row: Row, state: RowState) => ReactNode;
}

export interface DataTableHandle {
  scrollToIndex: (index: number) => void;
  /** How many rows a page down passes over. */
  pageRows: () => number;
  focus: () => void;
}

export interface DataTableProps<Row> {
  /** What the table holds, for screen readers. */
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  getRowId: (row: Row) => string;
  isLoading?: boolean;
  error?: unknown;
  onRetry?: () => void;
  empty?: ReactNode;
  /** `-urgency`: the key, a minus for descending. */
  sort?: string;
  onSort?: (sort: string) => void;
  onOpen?: (row: Row, event: React.MouseEvent) => void;
  activeId?: string | null;
  selectedIds?: ReadonlySet<string>;
  freshIds?: ReadonlySet<string>;
  hasMore?: boolean;
  isLoadingMore?: boolean;
  onLoadMore?: () => void;
  rowHeight?: number;
  /** The whole list is known to be this long (for screen readers); default: what is loaded. */
  totalCount?: number;
  /** How a row looks on a phone; without it the table scrolls sideways. */
  card?: (row: Row, state: RowState) => ReactNode;
  cardHeight?: number;
  minWidth?: number;
  ref?: Ref<DataTableHandle>;
}

/** So many rows before the end of what is loaded the next page is asked for; more once the list is on the move. */
const LOAD_AHEAD = 40;
const LOAD_AHEAD_MOVING = 400;
/** So many empty rows stand behind the loaded ones, for whoever is faster than the server. */
const PLACEHOLDERS = 100;
const HEAD_HEIGHT = 32;
/** So many rows are drawn beyond what is seen: on both sides of a list at rest, most of them ahead of one that moves. */
const OVERSCAN = 30;
const BEHIND = 4;

export function DataTable<Row>(props: DataTableProps<Row>) {
  const { rows, rowHeight = 36, cardHeight = 100, onLoadMore, hasMore, isLoadingMore } = props;
  const { t } = useTranslation();
  const frame = useRef<HTMLDivElement>(null);
  const prefix = useId();
  const isPhone = useMediaQuery('(max-width: 47.99em)') && props.card !== undefined;
  const size = isPhone ? cardHeight : rowHeight;
  const margin = isPhone ? 0 : HEAD_HEIGHT;
  const onOpen = useLatest(props.onOpen);

  const virtualizer: Virtualizer<HTMLDivElement, Element> = useVirtualizer({
    count: rows.length + (hasMore ? PLACEHOLDERS : 0),
    getScrollElement: () => frame.current,
    estimateSize: () => size,
    rangeExtractor: (range) => drawn(range, virtualizer.scrollDirection),
    scrollMargin: margin,
    scrollPaddingStart: margin,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new row height invalidates every measure
  useEffect(() => virtualizer.measure(), [size, virtualizer]);

  useImperativeHandle(props.ref, () => ({
    scrollToIndex: (index) => virtualizer.scrollToIndex(index, { align: 'auto' }),
    pageRows: () => Math.max(1, Math.floor(((frame.current?.clientHeight ?? 0) - margin) / size) - 1),
    focus: () => frame.current?.focus({ preventScroll: true }),
  }));

  const items = virtualizer.getVirtualItems();
  // What is open may be a row that is not drawn, or not of this list.
  const isActiveThere = items.some(({ index }) => {
    const row = rows[index];
    return row !== undefined && props.getRowId(row) === props.activeId;
  });
  // As many slots as rows are drawn: the element of a row that leaves on one side becomes the one that enters on the other.
  const seen = Math.ceil((virtualizer.scrollRect?.height ?? 0) / size) + 1;
  const slots = Math.max(seen + OVERSCAN, items.length);
  const lastShown = items.at(-1)?.index ?? 0;
  const ahead = virtualizer.scrollOffset ? LOAD_AHEAD_MOVING : LOAD_AHEAD;
  const wantsMore = Boolean(hasMore && !isLoadingMore && rows.length > 0 && lastShown >= rows.length - ahead);
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows.length re-arms the request after each page
  useEffect(() => {
    if (wantsMore) onLoadMore?.();
  }, [wantsMore, rows.length, onLoadMore]);

  if (props.isLoading) return <LoadingSkeleton rows={14} height={rowHeight} />;
  if (props.error && rows.length === 0) return <ErrorState error={props.error} onRetry={props.onRetry} />;
  if (rows.length === 0) return props.empty ?? <EmptyState title={t('common.state.empty')} />;

  const style = {
    '--table-columns': props.columns.map((column) => column.width).join(' '),
    '--table-min-width': isPhone ? '100%' : props.minWidth ? `${props.minWidth}px` : '100%',
  } as CSSProperties;

  return (
    // biome-ignore lint/a11y/useSemanticElements: a virtualised grid cannot be a table element
    <div
      ref={frame}
      className={classes.frame}
      style={style}
      role="grid"
      aria-label={props.label}
      aria-rowcount={props.totalCount ?? (hasMore ? -1 : rows.length + 1)}
      aria-multiselectable={props.selectedIds ? true : undefined}
      aria-activedescendant={isActiveThere ? `${prefix}${props.activeId}` : undefined}
      tabIndex={0}
    >
      {isPhone ? null : <Head columns={props.columns} sort={props.sort} onSort={props.onSort} />}
      {/* biome-ignore lint/a11y/useSemanticElements: as above */}
      <div className={classes.body} role="rowgroup" style={{ height: virtualizer.getTotalSize() }}>
        {items.map((item) => {
          const row = rows[item.index];
          const top = item.start - margin;
          if (row === undefined) return <Placeholder key={item.index % slots} top={top} height={size} />;
          const id = props.getRowId(row);
          return (
            <MemoRow
              key={item.index % slots}
              elementId={`${prefix}${id}`}
              row={row}
              index={item.index}
              top={top}
              height={size}
              columns={props.columns as readonly Column<unknown>[]}
              card={isPhone ? (props.card as (row: unknown, state: RowState) => ReactNode) : undefined}
              isActive={props.activeId === id}
              isSelected={props.selectedIds ? props.selectedIds.has(id) : undefined}
              isFresh={props.freshIds?.has(id) ?? false}
              onOpen={props.onOpen ? (onOpen as (row: unknown, event: React.MouseEvent) => void) : undefined}
            />
          );
        })}
      </div>
      <div className={classes.foot}>
        {hasMore ? (
          <>
            <Loader size={12} color="gray" /> {t('common.list.loading_more')}
          </>
        ) : (
          t('common.list.end')
        )}
      </div>
    </div>
  );
}

/** The script hears of a movement after it was seen, so the rows it is moving to have to stand there before. */
function drawn({ startIndex, endIndex, count }: Range, direction: 'forward' | 'backward' | null): number[] {
  const above = direction === 'forward' ? BEHIND : direction === 'backward' ? OVERSCAN - BEHIND : OVERSCAN / 2;
  const from = Math.max(0, startIndex - above);
  const to = Math.min(count - 1, endIndex + OVERSCAN - above);
  return Array.from({ length: to - from + 1 }, (_, step) => from + step);
}

/** A row that has not arrived yet. */
function Placeholder({ top, height }: { top: number; height: number }) {
  return <div aria-hidden data-placeholder className={classes.placeholder} style={{ height, top }} />;
}

/** Keeps its identity while what it calls changes, so that no row is drawn again for it. */
function useLatest<Row>(callback: ((row: Row, event: React.MouseEvent) => void) | undefined) {
  const latest = useRef(callback);
  useLayoutEffect(() => {
    latest.current = callback;
  });
  return useCallback((row: Row, event: React.MouseEvent) => latest.current?.(row, event), []);
}

interface HeadProps<Row> {
  columns: readonly Column<Row>[];
  sort?: string;
  onSort?: (sort: string) => void;
}

function Head<Row>({ columns, sort, onSort }: HeadProps<Row>) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a virtualised grid cannot be a table element
    <div className={classes.head} role="row" aria-rowindex={1} tabIndex={-1}>
      {columns.map((column) => (
        // biome-ignore lint/a11y/useSemanticElements: as above
        <div
          key={column.id}
          role="columnheader"
          className={classes.headCell}
          data-align={column.align}
          aria-sort={ariaSort(column.sortKey, sort)}
          tabIndex={-1}
        >
          {column.sortKey && onSort ? (
            <SortButton sortKey={column.sortKey} sort={sort} onSort={onSort}>
              {column.header}
            </SortButton>
          ) : (
            column.header
          )}
        </div>
      ))}
    </div>
  );
}

function ariaSort(key: string | undefined, sort: string | undefined): 'ascending' | 'descending' | undefined {
  if (!key || !sort) return undefined;
  if (sort === key) return 'ascending';
  return sort === `-${key}` ? 'descending' : undefined;
}

interface SortButtonProps {
  sortKey: string;
  sort?: string;
  onSort: (sort: string) => void;
  children: ReactNode;
}

function SortButton({ sortKey, sort, onSort, children }: SortButtonProps) {
  const direction = ariaSort(sortKey, sort);
  // The first press puts what matters most on top.
  const next = direction === 'descending' ? sortKey : `-${sortKey}`;
  return (
    <button type="button" className={classes.sort} data-active={direction || undefined} onClick={() => onSort(next)}>
      <span>{children}</span>
      {direction === 'ascending' && <IconArrowUp size={12} aria-hidden />}
      {direction === 'descending' && <IconArrowDown size={12} aria-hidden />}
    </button>
  );
}

interface RowProps {
  elementId: string;
  row: unknown;
  index: number;
  top: number;
  height: number;
  columns: readonly Column<unknown>[];
  card?: (row: unknown, state: RowState) => ReactNode;
  isActive: boolean;
  isSelected: boolean | undefined;
  isFresh: boolean;
  onOpen?: (row: unknown, event: React.MouseEvent) => void;
}

const MemoRow = memo(function TableRow(props: RowProps) {
  const { row, columns, card, onOpen } = props;
  const state = { isSelected: props.isSelected ?? false, isActive: props.isActive };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a virtualised grid cannot be a table element
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid owns the keyboard through its active row
    <div
      id={props.elementId}
      role="row"
      tabIndex={-1}
      aria-rowindex={props.index + 2}
      aria-selected={props.isSelected}
      className={card ? classes.card : classes.row}
      data-active={props.isActive || undefined}
      data-selected={props.isSelected || undefined}
      data-fresh={props.isFresh || undefined}
      data-clickable={onOpen ? true : undefined}
      style={{ height: props.height, top: props.top }}
      onClick={onOpen ? (event) => onOpen(row, event) : undefined}
    >
      {card ? (
        // biome-ignore lint/a11y/useSemanticElements: as above
        <div role="gridcell" tabIndex={-1}>
          {card(row, state)}
        </div>
      ) : (
        columns.map((column) => (
          // biome-ignore lint/a11y/useSemanticElements: as above
          <div key={column.id} role="gridcell" tabIndex={-1} className={classes.cell} data-align={column.align}>
            {column.cell(row, state)}
          </div>
        ))
      )}
    </div>
  );
});
