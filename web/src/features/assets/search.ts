import { pickSearch } from '@/lib/search-params';

/** The filters that live in the address, named as in the API. */
export const parseAssetsSearch = pickSearch([
  'q',
  'kind',
  'criticality',
  'state',
  'tag',
  'address',
  'organization_id',
  'sort',
] as const);

export type AssetsSearch = ReturnType<typeof parseAssetsSearch>;
