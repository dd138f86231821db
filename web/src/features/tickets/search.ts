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

export const parseTicketsSearch = pickSearch([...TICKET_FILTERS, 'sort', 'view'] as const);

export type TicketsSearch = ReturnType<typeof parseTicketsSearch>;
