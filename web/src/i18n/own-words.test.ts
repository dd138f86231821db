import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { texts as spanishTexts, titles } from './es/own-words';
import {
  findingInReadersWords,
  inReadersWords,
  problemInReadersWords,
  readOwnWordsIn,
  tacticInReadersWords,
} from './own-words';

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
    expect(problemInReadersWords('eventtime cannot be read')).toBe('eventtime no se puede leer');
    expect(problemInReadersWords('not supported: Sigma filters')).toBe('no admitido: filtros de Sigma');
    expect(tacticInReadersWords('Execution')).toBe('Ejecución');
    expect(findingInReadersWords('disk of /data on soc-1')).toBe('disco de /data en soc-1');
    expect(findingInReadersWords('91.2 percent are in use; 90 is the bound.')).toBe(
      'Está en uso el 91,2 por ciento; el límite es 90.',
    );
  });

  it('leaves what others wrote alone', () => {
    expect(inReadersWords('Excessive login failures: 10.0.0.1')).toBe('Excessive login failures: 10.0.0.1');
    expect(inReadersWords('The backup of srv-07 cannot be read')).toBe('The backup of srv-07 cannot be read');
    expect(inReadersWords('Execution: powershell.exe from Word')).toBe('Execution: powershell.exe from Word');
    expect(inReadersWords('Logon failed: srv-07')).toBe('Logon failed: srv-07');
    expect(inReadersWords('Nothing heard from Discovery')).toBe('No llega nada de Discovery');
    expect(inReadersWords('Nothing heard from Installation of software')).toBe(
      'No llega nada de Installation of software',
    );
    expect(tacticInReadersWords('T1110.001')).toBe('T1110.001');
    expect(inReadersWords('constructor')).toBe('constructor');
    expect(problemInReadersWords('constructor')).toBe('constructor');
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
    expect(texts.filter((text) => !Object.hasOwn(titles, text) && !Object.hasOwn(spanishTexts, text))).toEqual([]);
  });
});
