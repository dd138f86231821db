import { QueryClient } from '@tanstack/react-query';
import { describe, expect, it } from 'vitest';
import { keys } from '@/api/keys';
import type { TicketSummary } from '@/api/model';
import { findRow, neighbour, patchRows } from './cache';

const row = (id: string) => ({ id, reference: id, version: 1, stage: 'new' }) as TicketSummary;

function aQueueOf(...pages: string[][]) {
  const queryClient = new QueryClient();
  const key = keys.list('tickets', { sort: '-urgency' });
  queryClient.setQueryData(key, {
    pages: pages.map((ids) => ({ items: ids.map(row), next_cursor: null })),
    pageParams: pages.map(() => null),
  });
  const ids = () =>
    queryClient.getQueryData<{ pages: { items: TicketSummary[] }[] }>(key)?.pages.map((page) => page.items) ?? [];
  return { queryClient, ids };
}

describe('a patched row', () => {
  it('changes where it stands and moves nothing', () => {
    const { queryClient, ids } = aQueueOf(['a', 'b'], ['c']);
    const before = ids();
    patchRows(queryClient, [{ id: 'b', stage: 'closed' }]);
    expect(
      ids()
        .flat()
        .map((each) => each.id),
    ).toEqual(['a', 'b', 'c']);
    expect(findRow(queryClient, 'b')?.stage).toBe('closed');
    // Pages without a change keep their identity, so that their rows are not drawn again.
    expect(ids()[1]).toBe(before[1]);
    expect(ids()[0]?.[0]).toBe(before[0]?.[0]);
  });

  it('that is not loaded changes nothing', () => {
    const { queryClient, ids } = aQueueOf(['a']);
    const before = ids();
    patchRows(queryClient, [{ id: 'z', stage: 'closed' }]);
    expect(ids()[0]).toBe(before[0]);
  });
});

describe('the neighbour of a ticket', () => {
  it('is the next row of the list the person came from', () => {
    const { queryClient } = aQueueOf(['a', 'b'], ['c']);
    expect(neighbour(queryClient, 'b', 1)).toBe('c');
    expect(neighbour(queryClient, 'a', -1)).toBeUndefined();
  });
});
