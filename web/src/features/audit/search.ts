import { pickSearch } from '@/lib/search-params';

/** The filters that live in the address, named as in the API. */
export const parseAuditSearch = pickSearch([
  'actor_id',
  'action',
  'object_id',
  'from',
  'to',
  'text',
  'organization_id',
] as const);
