import type { ListenerReport, NodeReport } from '@/api/model';

/** Where a sender is to be pointed. */
export interface Destination {
  transport: ListenerReport['transport'];
  host: string;
  port: string;
  /** Nobody but the server's own machine reaches it. */
  isLocal: boolean;
}

/** What listens, as senders have to be told it: every address of a machine is the one this page came from. */
export function destinations(nodes: readonly NodeReport[], pageHost: string): Destination[] {
  const all = nodes.flatMap(({ listeners }) => listeners.flatMap((listener) => destination(listener, pageHost)));
  const seen = new Set<string>();
  return all.filter(({ transport, host, port }) => {
    const key = `${transport} ${host} ${port}`;
    return !seen.has(key) && seen.add(key);
  });
}

function destination({ transport, address }: ListenerReport, pageHost: string): Destination[] {
  const colon = address?.lastIndexOf(':') ?? -1;
  if (!address || colon < 0) return [];
  const bound = address.slice(0, colon).replace(/^\[|\]$/g, '');
  const isAny = bound === '0.0.0.0' || bound === '::';
  const isLocal = bound.startsWith('127.') || bound === '::1';
  return [{ transport, host: isAny ? pageHost : bound, port: address.slice(colon + 1), isLocal }];
}
