import { describe, expect, it } from 'vitest';
import { eventsAround } from './events-around';

const seen = {
  organization_id: 'o',
  first_seen_at: '2026-11-21T10:00:00Z',
  last_seen_at: '2026-11-21T10:30:00Z',
  created_at: '2026-11-21T10:00:02Z',
};

describe('the events around something', () => {
  it('are those of its address, ten minutes to either side, in its organization', () => {
    expect(eventsAround({ ...seen, source_ip: '10.0.0.7', destination_ip: '10.0.0.8' })).toEqual({
      ip: '10.0.0.7',
      rule_id: undefined,
      only_organization_id: 'o',
      from: '2026-11-21T09:50:00.000Z',
      to: '2026-11-21T10:40:00.000Z',
    });
    expect(eventsAround({ ...seen, source_ip: null, destination_ip: '10.0.0.8' })?.ip).toBe('10.0.0.8');
  });

  it('reach to when it came, however far that is from when the sender says it happened', () => {
    const late = { ...seen, source_ip: '10.0.0.7', created_at: '2026-11-21T12:00:00Z' };
    expect(eventsAround(late)?.to).toBe('2026-11-21T12:10:00.000Z');
    const early = { ...seen, source_ip: '10.0.0.7', created_at: '2026-11-21T08:00:00Z' };
    expect(eventsAround(early)?.from).toBe('2026-11-21T07:50:00.000Z');
  });

  it('are those that met its rule where it has no address', () => {
    const rule_id = '5f0e2c1a-7b64-4f0e-9a51-0d6c8c1e0101';
    expect(eventsAround({ ...seen, rule_id })).toMatchObject({ ip: undefined, rule_id });
  });

  it('are not asked for where neither is known', () => {
    expect(eventsAround({ ...seen, rule_id: 'PH_RULE_OF_FORTISIEM' })).toBeNull();
  });
});
