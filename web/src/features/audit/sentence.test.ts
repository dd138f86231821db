import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import en from '@/i18n/en/audit.json';
import es from '@/i18n/es/audit.json';
import { ACTIONS } from './sentence';

describe('the sentences of the audit log', () => {
  it.each([
    ['es', es],
    ['en', en],
  ])('exist for every known deed in %s, and for no other', (_, texts) => {
    expect(Object.keys(texts.deed).sort()).toEqual(ACTIONS.map((action) => action.replace('.', '_')).sort());
  });

  it('exist for every deed that the server writes down', () => {
    const nouns = [...new Set(ACTIONS.map((action) => action.split('.')[0]))].join('|');
    const deed = new RegExp(`"((?:${nouns})\\.[a-z_]+)"`, 'g');
    // Only what stands on the platform writes records; the pure crates use words of other vocabularies.
    const crates = readdirSync('../crates').filter((name) =>
      readFileSync(`../crates/${name}/Cargo.toml`, 'utf8').includes('\nplatform'),
    );
    const sources = crates.flatMap((crate) =>
      readdirSync(`../crates/${crate}/src`, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.rs'))
        .map((name) => `${crate}/src/${name}`),
    );
    const written = sources.flatMap((name) =>
      [...readFileSync(`../crates/${name}`, 'utf8').matchAll(deed)].map((match) => match[1] ?? ''),
    );
    expect(written.length).toBeGreaterThan(20);
    expect([...new Set(written)].filter((action) => !(ACTIONS as readonly string[]).includes(action))).toEqual([]);
  });
});
