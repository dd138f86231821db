import { pickSearch } from '@/lib/search-params';

/** The filters that live in the address, named as in the API. */
export const parseQuarantineSearch = pickSearch(['source_id', 'state'] as const);

export type QuarantineSearch = ReturnType<typeof parseQuarantineSearch>;
