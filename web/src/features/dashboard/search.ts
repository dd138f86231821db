import { pickSearch } from '@/lib/search-params';

export const parseDashboardSearch = pickSearch(['period', 'organization_id'] as const);
