import { pickSearch } from '@/lib/search-params';

export const parseUsersSearch = pickSearch(['q', 'organization_id'] as const);
