import { addressProblem } from '@/lib/address';

/** As people write them: one per line, or apart by commas or spaces. */
export function readNetworks(text: string): string[] {
  return text.split(/[\s,;]+/).filter(Boolean);
}

/** The first that is neither an address nor a network. */
export function wrongNetwork(networks: readonly string[]): string | undefined {
  return networks.find((network) => addressProblem(network) === 'not_an_address');
}
