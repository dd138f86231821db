import { describe, expect, it } from 'vitest';
import { fullTime, lengthText } from './time';

describe('a length that somebody set', () => {
  it.each([
    [0, '0 sec'],
    [45, '45 sec'],
    [300, '5 min'],
    [5400, '90 min'],
    [7200, '2 hr'],
    [2_592_000, '30 days'],
  ])('of %d seconds is %s', (seconds, text) => expect(lengthText(seconds, 'en')).toBe(text));
});

describe('a moment', () => {
  it('has hours up to 23 in both languages', () => {
    const evening = new Date(2026, 10, 21, 22, 5, 7).toISOString();
    for (const locale of ['es', 'en']) expect(fullTime(evening, locale)).toContain('22:05:07');
  });
});
