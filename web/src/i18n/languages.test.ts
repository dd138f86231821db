import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import en from './lang-en';
import es from './lang-es';

function flatten(value: unknown, prefix = ''): Map<string, string> {
  const texts = new Map<string, string>();
  for (const [key, child] of Object.entries(value as Record<string, unknown>)) {
    const path = prefix ? `${prefix}.${key}` : key;
    if (typeof child === 'string') texts.set(path, child);
    else for (const [inner, text] of flatten(child, path)) texts.set(inner, text);
  }
  return texts;
}

const placeholders = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1]).sort();

describe('the two languages', () => {
  const spanish = flatten(es);
  const english = flatten(en);

  it('have the same keys', () => {
    expect([...english.keys()].sort()).toEqual([...spanish.keys()].sort());
  });

  it('use the same placeholders', () => {
    for (const [key, text] of spanish)
      expect([key, placeholders(english.get(key) ?? '')]).toEqual([key, placeholders(text)]);
  });

  it('leave no text empty', () => {
    for (const [key, text] of [...spanish, ...english]) expect([key, text.trim().length > 0]).toEqual([key, true]);
  });
});

describe('every text', () => {
  it('is used somewhere', () => {
    const code = readdirSync('src', { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.tsx?$/.test(name) && !/\.test\.|^i18n\/e[ns]\/|generated/.test(name))
      .map((name) => readFileSync(`src/${name}`, 'utf8'))
      .join('\n');
    const whole = new Set([...code.matchAll(/['`]([a-z]\w*(?:\.\w+)+)['`]/g)].map((match) => match[1]));
    // A key with a part that is known only when it runs: `common.level.${level}`.
    const made = [...code.matchAll(/`([a-z]\w*\.[^`\s]*\$\{[^`]*)`/g)].map((match) => {
      const parts = (match[1] ?? '').split(/\$\{[^}]*\}/).map((part) => part.replaceAll('.', '\\.'));
      return new RegExp(`^${parts.join('\\w+')}$`);
    });
    const keys = [...flatten(en).keys()].map((key) => key.replace(/_(one|other)$/, ''));
    expect(keys.filter((key) => !whole.has(key) && !made.some((pattern) => pattern.test(key)))).toEqual([]);
  });
});

describe('the refusals of the server', () => {
  it('all have words in the interface', () => {
    const refusal =
      /Error::(?:conflict|bad_request|unavailable|problem)\(\s*(?:[\w:]*StatusCode::\w+,\s*)?"([a-z_]+)"/g;
    const sources = readdirSync('../crates', { recursive: true, encoding: 'utf8' }).filter((name) =>
      /^(?!testkit|xtask|loadgen)[\w-]+\/src\/.*\.rs$/.test(name),
    );
    const codes = sources.flatMap((name) =>
      [...readFileSync(`../crates/${name}`, 'utf8').matchAll(refusal)].map((match) => match[1] ?? ''),
    );
    expect(codes.length).toBeGreaterThan(20);
    const known = Object.keys(es.errors);
    expect([...new Set(codes)].filter((code) => !known.includes(code))).toEqual([]);
  });
});

describe('the text files', () => {
  it('are all merged', () => {
    for (const language of ['es', 'en']) {
      const merged = readFileSync(`src/i18n/lang-${language}.ts`, 'utf8');
      const files = readdirSync(`src/i18n/${language}`).filter((name) => name.endsWith('.json'));
      for (const file of files) expect(merged).toContain(`./${language}/${file}`);
    }
  });
});
