import type { Period } from '@/api/model';
import { pickSearch } from '@/lib/search-params';

export const PERIODS = ['24h', '7d', '30d', '90d'] as const;

export const parseDashboardSearch = pickSearch(['period', 'organization_id'] as const);

export function readPeriod(text: string | undefined): Period {
  return PERIODS.find((period) => period === text) ?? '24h';
}
