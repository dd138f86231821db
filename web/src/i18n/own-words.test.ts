import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import ownWords from './es/own_words';
import { inReadersWords, readOwnWordsIn } from './own-words';

describe('what the program itself writes', () => {
  beforeAll(() => readOwnWordsIn('es'));
  afterAll(() => readOwnWordsIn('en'));

  it('is read in Spanish by those who read Spanish', () => {
    expect(inReadersWords('FortiGate found malware')).toBe('FortiGate encontró malware');
    expect(inReadersWords('FortiGate found malware: EICAR: test')).toBe('FortiGate encontró malware: EICAR: test');
    expect(inReadersWords('FortiGate found malware: EICAR (storm)')).toBe(
      'FortiGate encontró malware: EICAR (tormenta)',
    );
    expect(inReadersWords('Nothing heard from fw (edge)')).toBe('No llega nada de fw (edge)');
  });

  it('leaves what others wrote alone', () => {
    expect(inReadersWords('Excessive login failures: 10.0.0.1')).toBe('Excessive login failures: 10.0.0.1');
    expect(inReadersWords('constructor')).toBe('constructor');
    expect(inReadersWords(null)).toBeNull();
  });

  it('knows every rule that comes with the program', () => {
    const texts = readdirSync('../config/rules').flatMap((name) => {
      const yaml = readFileSync(`../config/rules/${name}`, 'utf8');
      const said = [...yaml.matchAll(/^(?:title|description): (.*)$/gm)].map((match) => match[1] ?? '');
      const list = /^falsepositives:\n((?: {4}- .*\n)+)/m.exec(yaml)?.[1] ?? '';
      return [...said, ...[...list.matchAll(/- (.*)/g)].map((match) => match[1] ?? '')];
    });
    expect(texts.length).toBeGreaterThan(40);
    expect(texts.filter((text) => !Object.hasOwn(ownWords, text))).toEqual([]);
  });
});
