/** What a figure's growth means: more work is worse, slower is worse, more alerts is only more. */
export type Meaning = 'more_is_worse' | 'neutral';

export interface Change {
  direction: 'up' | 'down' | 'same';
  judgement: 'better' | 'worse' | 'neutral';
  difference: number;
  /** Of the previous value; null when that was zero. */
  percent: number | null;
}

/** How a figure compares with the previous period; null when one of them is not known. */
export function compare(current: number | null, previous: number | null, meaning: Meaning): Change | null {
  if (current === null || previous === null) return null;
  const difference = current - previous;
  const percent = previous === 0 ? null : Math.round((difference / previous) * 100);
  if (difference === 0 || percent === 0) return { direction: 'same', judgement: 'neutral', difference, percent: 0 };
  const direction = difference > 0 ? 'up' : 'down';
  const isWorse = direction === 'up';
  const judgement = meaning === 'neutral' ? 'neutral' : isWorse ? 'worse' : 'better';
  return { direction, judgement, difference, percent };
}
