import { pickSearch } from '@/lib/search-params';

/** The filters that live in the address, named as in the API. */
export const parseAlertsSearch = pickSearch([
  'q',
  'severity',
  'state',
  'source_id',
  'rule_id',
  'ip',
  'from',
  'to',
  'organization_id',
  'sort',
] as const);
