const AROUND_MS = 10 * 60_000;
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** What an alert and a ticket have in common. */
interface Happening {
  organization_id: string;
  source_ip?: string | null;
  destination_ip?: string | null;
  rule_id?: string | null;
  /** By the sender's clock. */
  first_seen_at: string;
  last_seen_at: string;
  /** By ours. */
  created_at: string;
}

/**
 * Which kept events stand around it, from ten minutes before to ten minutes after: those of its address, else those that
 * met its rule. None where there is neither. An address of one organization may be another's too, so its own is named; the
 * one that is picked for all pages stays as it is. Events are searched by when they came, which is later than they happened
 * when a relay held them back or a clock is wrong.
 */
export function eventsAround(it: Happening) {
  const ip = it.source_ip ?? it.destination_ip ?? undefined;
  const rule_id = ip === undefined && it.rule_id && UUID.test(it.rule_id) ? it.rule_id : undefined;
  if (ip === undefined && rule_id === undefined) return null;
  const moments = [it.first_seen_at, it.last_seen_at, it.created_at].map((at) => Date.parse(at));
  return { ip, rule_id, only_organization_id: it.organization_id, ...around(...moments) };
}

/** From ten minutes before the first moment to ten minutes after the last. */
export function around(...moments: number[]) {
  const from = new Date(Math.min(...moments) - AROUND_MS).toISOString();
  const to = new Date(Math.max(...moments) + AROUND_MS).toISOString();
  return { from, to };
}
