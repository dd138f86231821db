import { describe, expect, it } from 'vitest';
import { formatShare, numberOrNull } from './numbers';

describe('a part of a whole', () => {
  it.each([
    [0, '0%'],
    [0.00001, '0.1%'],
    [0.034, '3.4%'],
    [0.34, '34%'],
    [0.995, '99.5%'],
    [0.9997, '99.9%'],
    [1, '100%'],
  ])('of %d is %s: neither none nor all where it is not', (share, text) => expect(formatShare(share, 'en')).toBe(text));
});

describe('a number that may be left empty', () => {
  it('is none then, and zero is not', () => {
    expect(numberOrNull('')).toBeNull();
    expect(numberOrNull('0')).toBe(0);
    expect(numberOrNull(12)).toBe(12);
  });
});
