import { pickSearch } from '@/lib/search-params';

/** The filters that live in the address, named as in the API. */
export const ALERT_FILTERS = [
  'q',
  'severity',
  'state',
  'source_id',
  'rule_id',
  'ip',
  'from',
  'to',
  'organization_id',
] as const;

/** `open` is the alert shown beside the list. */
export const parseAlertsSearch = pickSearch([...ALERT_FILTERS, 'open'] as const);

export type AlertsSearch = ReturnType<typeof parseAlertsSearch>;
