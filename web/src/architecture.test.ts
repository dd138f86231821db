import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const SRC = resolve('src');
/** What each room may use: `lib` and `ui` below `api`, `api` below `features`, `app` above all. */
const ALLOWED: Record<string, string[]> = {
  lib: ['lib'],
  i18n: ['i18n', 'lib'],
  ui: ['ui', 'lib', 'i18n'],
  api: ['api', 'lib', 'i18n'],
  features: ['features', 'api', 'ui', 'lib', 'i18n'],
};
/** The design system knows neither routes nor queries. */
const FORBIDDEN_IN_UI = ['@tanstack/react-router', '@tanstack/react-query'];

interface Import {
  file: string;
  target: string;
}

function importsOf(file: string): Import[] {
  const text = readFileSync(file, 'utf8');
  const found = [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1] ?? '');
  return found.map((target) => ({ file: relative(SRC, file), target: locate(file, target) }));
}

function locate(file: string, target: string): string {
  if (target.startsWith('@/')) return target.slice(2);
  return target.startsWith('.') ? relative(SRC, join(file, '..', target)) : target;
}

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/.test(name))
  .map((name) => join(SRC, name));
const imports = files.flatMap(importsOf);
const ours = imports.filter(({ target }) => /^(lib|i18n|ui|api|features|app)\//.test(target));

describe('the rooms of the application', () => {
  it('use only what is below them', () => {
    const wrong = ours.filter(({ file, target }) => {
      const allowed = ALLOWED[file.split('/')[0] ?? ''];
      return allowed !== undefined && !allowed.includes(target.split('/')[0] ?? '');
    });
    expect(wrong).toEqual([]);
  });

  it('keep features apart from each other', () => {
    const wrong = ours.filter(({ file, target }) => {
      const [room, feature] = file.split('/');
      const [otherRoom, other] = target.split('/');
      return room === 'features' && otherRoom === 'features' && feature !== other;
    });
    expect(wrong).toEqual([]);
  });

  it('keep routes and queries out of the design system', () => {
    const wrong = imports.filter(({ file, target }) => file.startsWith('ui/') && FORBIDDEN_IN_UI.includes(target));
    expect(wrong).toEqual([]);
  });

  it('stay readable: no file above 400 lines', () => {
    const ours = files.filter((file) => !file.includes('/api/generated/'));
    const long = ours.filter((file) => readFileSync(file, 'utf8').split('\n').length > 401);
    expect(long.map((file) => relative(SRC, file))).toEqual([]);
  });
});
