import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import en from './lang-en';
import es from './lang-es';

const codesIn = (text: string) => [...text.matchAll(/['"]([a-z]+:[a-z]+)['"]/g)].map((match) => match[1] ?? '');

/** What the server can grant, as its modules declare it; two of them may ask for the same. */
const declared = readdirSync('../crates', { recursive: true, encoding: 'utf8' })
  .filter((name) => /^[\w-]+\/src\/.*\.rs$/.test(name))
  .flatMap((name) => readFileSync(`../crates/${name}`, 'utf8').match(/^(?:platform::)?permission! \{[^}]*\}/gm) ?? []);
const granted = [...new Set(declared.flatMap(codesIn))].sort();

describe('every permission', () => {
  it('is known to the interface', () => {
    expect(granted.length).toBeGreaterThan(40);
    expect(codesIn(readFileSync('src/api/permissions.ts', 'utf8')).sort()).toEqual(granted);
  });

  it.each([
    ['English', en],
    ['Spanish', es],
  ])('has words in %s, and so has its module', (_language, { users }) => {
    const wordless = granted.filter((code) => !(code.replace(':', '_') in users.permission));
    const modules = new Set(granted.map((code) => code.split(':')[0] ?? ''));
    expect(wordless).toEqual([]);
    expect([...modules].filter((module) => !(module in users.module))).toEqual([]);
  });
});
