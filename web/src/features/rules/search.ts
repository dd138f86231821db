import { pickSearch } from '@/lib/search-params';

export const parseRulesSearch = pickSearch(['q', 'origin', 'is_enabled'] as const);
