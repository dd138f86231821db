import { describe, expect, it } from 'vitest';
import { asked } from './search';

const NOW = Date.parse('2026-11-21T10:00:00Z');

describe('what is asked of the events', () => {
  it('begins where the period up to now does', () => {
    expect(asked({ last: '1h', ip: '10.0.0.7' }, NOW)).toMatchObject({
      ip: '10.0.0.7',
      from: '2026-11-21T09:00:00.000Z',
    });
    expect(asked({}, NOW).from).toBe('2026-11-20T10:00:00.000Z');
  });

  it("is of the page's own organization before the one that is picked for all pages", () => {
    expect(asked({ organization_id: 'picked', only_organization_id: 'own' }, NOW).organization_id).toBe('own');
    expect(asked({ organization_id: 'picked' }, NOW).organization_id).toBe('picked');
    expect(asked({ only_organization_id: 'own', from: '2026-11-21T09:00:00Z' }, NOW)).toEqual({
      organization_id: 'own',
      from: '2026-11-21T09:00:00Z',
    });
  });
});
