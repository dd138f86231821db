import { describe, expect, it } from 'vitest';
import { addressProblem, isHostname } from './address';

describe('an address', () => {
  it.each(['10.0.0.5', '10.0.0.0/24', '192.0.2.7/32', '2001:db8::1', '2001:db8::/32', '::1'])('may be %s', (text) =>
    expect(addressProblem(text)).toBeNull(),
  );

  it.each(['', '10.0.0', '10.0.0.256', '10.0.0.1/33', '10.0.0.1/', 'fe80::1%eth0', 'srv-1', '1/2/3', '2001:db8::/129'])(
    'may not be «%s»',
    (text) => expect(addressProblem(text)).toBe('not_an_address'),
  );

  it('has no bits beyond its prefix', () => expect(addressProblem('10.0.0.5/24')).toBe('bits_beyond_prefix'));

  it('is not every address there is', () => expect(addressProblem('0.0.0.0/0')).toBe('every_address'));
});

describe('a hostname', () => {
  it.each(['srv-dc01', 'WEB01.example.org', '3com', 'a.b.'])('may be %s', (text) =>
    expect(isHostname(text)).toBe(true),
  );

  it.each(['', '-a', 'a-', 'a_b', 'a..b', '10.0.0.5', `${'a'.repeat(64)}.es`])('may not be «%s»', (text) =>
    expect(isHostname(text)).toBe(false),
  );
});
