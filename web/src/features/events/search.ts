import { pickSearch } from '@/lib/search-params';

/** The filters that live in the address, named as in the API. */
export const EVENT_FILTERS = [
  'text',
  'from',
  'to',
  'organization_id',
  'source_id',
  'ip',
  'source_ip',
  'destination_ip',
  'host',
  'user',
  'action',
  'severity',
  'event_code',
  'device',
  'format',
  'rule_id',
  'unparsed',
] as const;

/**
 * `last` is a period up to now, such as `1h`; `open` is the event shown beside the list. `only_organization_id` is of this
 * page alone, unlike the organization that is picked for all pages and goes along wherever the person goes.
 */
export const parseEventsSearch = pickSearch([...EVENT_FILTERS, 'only_organization_id', 'last', 'open'] as const);

export type EventsSearch = ReturnType<typeof parseEventsSearch>;
export type EventFilters = Omit<EventsSearch, 'open'>;

/** Periods up to now, in minutes. */
export const PERIODS = { '15m': 15, '1h': 60, '6h': 360, '24h': 1440, '7d': 10_080, '30d': 43_200 } as const;
export type Period = keyof typeof PERIODS;

export function isPeriod(text: string | undefined): text is Period {
  return text !== undefined && text in PERIODS;
}

/** What the API is asked: a period up to now becomes the moment it begins. */
export function asked({ last, only_organization_id, ...rest }: EventFilters, now: number) {
  const filters = { ...rest, organization_id: only_organization_id ?? rest.organization_id };
  if (filters.from) return filters;
  const minutes = PERIODS[isPeriod(last) ? last : '24h'];
  const end = filters.to ? Date.parse(filters.to) : now;
  return { ...filters, from: new Date(end - minutes * 60_000).toISOString() };
}
