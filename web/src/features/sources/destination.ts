import type { ListenerReport, NodeReport } from '@/api/model';

/** Where a sender is to be pointed. */
export interface Destination {
  transport: ListenerReport['transport'];
  /** Null where it is the server's machine, and the address that others know it by is not told here. */
  host: string | null;
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
  const port = address.slice(colon + 1);
  const bound = withoutBrackets(address.slice(0, colon));
  if (bound !== '0.0.0.0' && bound !== '::') return [{ transport, host: bound, port, isLocal: isLoopback(bound) }];
  // Opened on the machine itself, the page has an address that would send a firewall to itself.
  const host = withoutBrackets(pageHost);
  return [{ transport, host: isLoopback(host) ? null : host, port, isLocal: false }];
}

/** An address of version 6 stands in brackets wherever a port may follow. */
const withoutBrackets = (host: string) => host.replace(/^\[|\]$/g, '');

const isLoopback = (host: string) => /^127\.|^::1$|^(.*\.)?localhost$/.test(host);
