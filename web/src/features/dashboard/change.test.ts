import { describe, expect, it } from 'vitest';
import { compare } from './change';

describe('the change of a figure', () => {
  it('is worse when there is more work', () => {
    expect(compare(12, 10, 'more_is_worse')).toEqual({
      direction: 'up',
      judgement: 'worse',
      difference: 2,
      percent: 20,
    });
  });

  it('is better when a time got shorter', () => {
    expect(compare(90, 120, 'more_is_worse')?.judgement).toBe('better');
  });

  it('has no percentage when there was nothing before', () => {
    expect(compare(4, 0, 'more_is_worse')?.percent).toBeNull();
  });

  it('judges nothing where more is only more', () => {
    expect(compare(4, 8, 'neutral')).toMatchObject({ direction: 'down', judgement: 'neutral' });
  });

  it('is unknown when either side is', () => {
    expect(compare(null, 8, 'more_is_worse')).toBeNull();
    expect(compare(8, null, 'more_is_worse')).toBeNull();
  });

  it('calls less than half a percent the same', () => {
    expect(compare(1001, 1000, 'more_is_worse')?.direction).toBe('same');
  });
});
