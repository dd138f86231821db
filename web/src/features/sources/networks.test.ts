import { describe, expect, it } from 'vitest';
import { readNetworks, wrongNetwork } from './networks';

describe('the networks of a source', () => {
  it('are read however they are set apart', () => {
    expect(readNetworks(' 10.0.0.0/8,192.0.2.7\n\n2001:db8::/32; 198.51.100.1 ')).toEqual([
      '10.0.0.0/8',
      '192.0.2.7',
      '2001:db8::/32',
      '198.51.100.1',
    ]);
    expect(readNetworks(' \n')).toEqual([]);
  });

  it('are refused by the first that is none', () => {
    expect(wrongNetwork(['10.0.0.0/8', '10.0.0.300', 'firewall'])).toBe('10.0.0.300');
    expect(wrongNetwork(['10.0.0.0/33'])).toBe('10.0.0.0/33');
  });

  it('may have bits beyond their prefix, which the server cuts off', () => {
    expect(wrongNetwork(['10.20.0.7/24', '::/0'])).toBeUndefined();
  });
});
