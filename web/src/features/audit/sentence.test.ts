import { readdirSync, readFileSync } from 'node:fs';
import i18n from 'i18next';
import { describe, expect, it } from 'vitest';
import type { AuditRecord } from '@/api/model';
import en from '@/i18n/en/audit.json';
import es from '@/i18n/es/audit.json';
import { ACTIONS, deedText } from './sentence';

describe('the sentences of the audit log', () => {
  it.each([
    ['es', es],
    ['en', en],
  ])('exist for every known deed in %s, and for no other', (_, texts) => {
    expect(Object.keys(texts.deed).sort()).toEqual(ACTIONS.map((action) => action.replace('.', '_')).sort());
  });

  it('exist for every deed that the server writes down', () => {
    // `<noun>.<past participle>`, wherever it stands; a rule that comes with the program is named likewise.
    const participle = /"((?!cibercase\.)[a-z_]+\.(?:[a-z]+_)*(?:[a-z]+ed|begun|reset|split)(?:_anew)?)"/g;
    const told = /(?:Deed::new\(\s*|\baction: )"([a-z_]+\.[a-z_]+)"/g;
    // Only what stands on the platform writes records; the pure crates use words of other vocabularies.
    const crates = readdirSync('../crates').filter((name) =>
      readFileSync(`../crates/${name}/Cargo.toml`, 'utf8').includes('\nplatform'),
    );
    const sources = crates.flatMap((crate) =>
      readdirSync(`../crates/${crate}/src`, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.rs'))
        .map((name) => `${crate}/src/${name}`),
    );
    const written = sources.flatMap((name) => {
      const code = readFileSync(`../crates/${name}`, 'utf8');
      return [...code.matchAll(participle), ...code.matchAll(told)].map((match) => match[1] ?? '');
    });
    expect(new Set(written).size).toBeGreaterThan(70);
    expect([...new Set(written)].filter((action) => !(ACTIONS as readonly string[]).includes(action))).toEqual([]);
  });
});

describe('a refusal', () => {
  const refused = (kind: string, reference: string | null, detail: object = {}): string => {
    const actor = { kind, id: null, name: 'Ana' };
    const record = { action: 'session.refused', actor, object: { kind: 'user', id: null, reference }, detail };
    return deedText(record as unknown as AuditRecord, i18n.t);
  };

  it('is told of the person who was refused, and of the program which refused', () => {
    expect(refused('user', 'ana@example.org')).toBe('could not sign in: ana@example.org');
    expect(refused('system', 'ana@example.org')).toBe('refused an attempt to sign in as ana@example.org');
    expect(refused('system', null)).toBe('refused an attempt to sign in with an account that does not exist');
  });

  it('says what else than signing in it was about', () => {
    expect(refused('user', 'ana@example.org', { purpose: 'proof' })).toBe('could not confirm who they are');
    expect(refused('user', 'ana@example.org', { provider: 'example' })).toBe('could not link a provider');
    expect(refused('user', 'ana@example.org', { purpose: 'second_factor' })).toContain('could not sign in');
  });
});
