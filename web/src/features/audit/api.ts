import { api } from '@/api/client';
import { pagedQuery } from '@/api/queries';
import { endOfDay, startOfDay } from '@/lib/day-range';
import type { AuditSearch } from './search';

export type AuditFilters = Omit<AuditSearch, 'open'>;

export function auditQuery(filters: AuditFilters) {
  return pagedQuery('audit', filters, (query, signal) =>
    api('GET /audit', { query: { ...query, from: startOfDay(filters.from), to: endOfDay(filters.to) }, signal }),
  );
}
