import type { TFunction } from 'i18next';
import { formatNumber } from './numbers';

type Counted = 'alerts' | 'deliveries' | 'occurrences';

/** "1 alert, 1,204 occurrences": each number with its own plural. */
export function amounts(counts: Partial<Record<Counted, number>>, t: TFunction, locale: string): string {
  return Object.entries(counts)
    .map(([noun, count]) => t(`common.amount.${noun as Counted}`, { count, text: formatNumber(count, locale) }))
    .join(', ');
}
