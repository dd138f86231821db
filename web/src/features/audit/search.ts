import { pickSearch } from '@/lib/search-params';

/** The filters that live in the address, named as in the API; `open` is the record shown beside the list. */
export const parseAuditSearch = pickSearch([
  'actor_id',
  'action',
  'object_id',
  'from',
  'to',
  'text',
  'organization_id',
  'open',
] as const);

export type AuditSearch = ReturnType<typeof parseAuditSearch>;
