import { describe, expect, it } from 'vitest';
import type { ProcessStatus } from '@/api/model';
import { figureTexts, latencyText, together, totals } from './figures';

const FIGURES: NonNullable<ProcessStatus['figures']> = {
  cpu_share: 0.034,
  resident_bytes: 96_000_000,
  open_files: 1204,
  connections_used: 3,
  connections_idle: 5,
  connections_most: 20,
  requests: 200,
  errors: 1,
  latency_median: { seconds: 0.0025, is_exceeded: false },
  latency_p95: { seconds: 0.05, is_exceeded: false },
};

function running(host: string, figures: ProcessStatus['figures'], isHeard = true): ProcessStatus {
  const [since, seen_at] = ['2026-11-22T08:00:00Z', '2026-11-22T09:00:00Z'];
  return { id: host, host, roles: ['api'], version: '1.0.0', since, seen_at, is_heard: isHeard, figures };
}

describe('a latency', () => {
  it.each([
    ['en', 0.0025, false, '≤ 2.5 ms'],
    ['es', 0.0025, false, '≤ 2,5 ms'],
    ['en', 0.1, false, '≤ 100 ms'],
    ['en', 1, false, '≤ 1 s'],
    ['en', 5, true, '> 5 s'],
  ])('in %s of %d s, beyond the last bound: %s, is %s', (locale, seconds, is_exceeded, text) =>
    expect(latencyText({ seconds, is_exceeded }, locale)).toBe(text),
  );
});

describe('the figures of a process', () => {
  it('are written as the language writes them', () => {
    expect(figureTexts(FIGURES, 'en')).toEqual({
      cpu: '3.4%',
      memory: '96 MB',
      open_files: '1,204',
      connections: '3 / 20',
      requests: '200',
      errors: '0.5%',
      median: '≤ 2.5 ms',
      p95: '≤ 50 ms',
    });
  });

  it('are dashes where there are none, and nothing is no share of nothing', () => {
    expect(new Set(Object.values(figureTexts(null, 'en')))).toEqual(new Set(['—']));
    const idle = { ...FIGURES, cpu_share: null, requests: 0, errors: 0, latency_median: null, latency_p95: null };
    const { cpu, requests, errors, p95 } = figureTexts(idle, 'en');
    expect([cpu, requests, errors, p95]).toEqual(['—', '0', '—', '—']);
  });
});

describe('the processes together', () => {
  it('are those that are heard of, and the slowest of them is named', () => {
    const slow = { ...FIGURES, latency_p95: { seconds: 5, is_exceeded: true } };
    const edge = { ...FIGURES, latency_p95: { seconds: 5, is_exceeded: false } };
    const all = [running('a', FIGURES), running('b', slow), running('c', edge), running('d', slow, false)];
    const { count, residentBytes, connectionsUsed, connectionsMost, slowest } = together([...all, running('e', null)]);
    expect([count, residentBytes, connectionsUsed, connectionsMost]).toEqual([4, 288_000_000, 9, 60]);
    expect(slowest?.host).toBe('b');
  });

  it('have no slowest where none has answered', () => {
    expect(together([running('a', null)]).slowest).toBeUndefined();
  });
});

describe('the sign-ins of an hour', () => {
  it('are failed where a person or a service failed', () => {
    const step = { at: '2026-11-22T09:00:00Z', succeeded: 4, failed: 2, services_failed: 1 };
    expect(totals([step, { ...step, succeeded: 0 }])).toEqual({ failed: 6, succeeded: 4, all: 10 });
  });
});
