import { describe, expect, it } from 'vitest';
import type { Me } from './model';
import { hasPermission, reachesAll } from './permissions';

const ACME = 'acme';
const GLOBEX = 'globex';

describe('what a person is offered', () => {
  const who = (permissions: Record<string, string[]>, everywhere: string[]) =>
    ({
      permissions,
      permissions_everywhere: everywhere,
      organizations: [ACME, GLOBEX].map((id) => ({ id, name: id, slug: id })),
    }) as unknown as Me;

  it('is asked of one organization, or of any', () => {
    const person = who({ 'rules:write': [ACME] }, []);
    expect(hasPermission(person, 'rules:write')).toBe(true);
    expect(hasPermission(person, 'rules:write', ACME)).toBe(true);
    expect(hasPermission(person, 'rules:write', GLOBEX)).toBe(false);
    expect(hasPermission(person, 'tickets:read')).toBe(false);
    expect(hasPermission(undefined, 'rules:write')).toBe(false);
  });

  it('reaches all organizations only where no limit holds in any of them', () => {
    const free = who({ 'rules:write': [ACME, GLOBEX] }, ['rules:write']);
    const boundInAcme = who({ 'rules:write': [GLOBEX] }, ['rules:write']);
    const inBoth = who({ 'rules:write': [ACME, GLOBEX] }, []);
    expect(reachesAll(free, 'rules:write')).toBe(true);
    expect(reachesAll(boundInAcme, 'rules:write')).toBe(false);
    expect(reachesAll(inBoth, 'rules:write')).toBe(false);
    expect(reachesAll(undefined, 'rules:write')).toBe(false);
  });
});
