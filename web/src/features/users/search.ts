import { pickSearch } from '@/lib/search-params';

export const parseUsersSearch = pickSearch(['q'] as const);
