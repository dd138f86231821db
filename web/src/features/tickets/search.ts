import { pickSearch } from '@/lib/search-params';

/** Every filter of the queue, named as in the API, so that an address can be shared and saved as a view. */
export const TICKET_FILTERS = [
  'q',
  'stage',
  'status',
  'severity',
  'urgency',
  'assignee',
  'organization_id',
  'rule_id',
  'ip',
  'asset_id',
  'tag',
  'verdict',
  'source_reference',
  'created_from',
  'created_to',
  'include_merged',
] as const;

export const parseTicketsSearch = pickSearch([...TICKET_FILTERS, 'sort', 'new'] as const);

export type TicketsSearch = ReturnType<typeof parseTicketsSearch>;

/** What needs somebody, most urgent first: the queue without any filter in the address. */
export const DEFAULT_VIEW: TicketsSearch = { stage: 'new,in_progress,pending', sort: '-urgency' };

/** The filters in force. A bare address (an organization does not count) means the default view. */
export function effectiveSearch(search: TicketsSearch, fallback: TicketsSearch = DEFAULT_VIEW): TicketsSearch {
  const { organization_id, new: _, ...filters } = search;
  const chosen = Object.keys(filters).length > 0 ? filters : fallback;
  const sort = chosen.sort ?? '-urgency';
  return { ...chosen, sort, ...(organization_id ? { organization_id } : {}) };
}

/** Whether these filters are exactly the default view. */
export function sameFilters(filters: Record<string, unknown>): boolean {
  return JSON.stringify(Object.entries(filters).sort()) === JSON.stringify(Object.entries(DEFAULT_VIEW).sort());
}
