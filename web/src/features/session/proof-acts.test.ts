import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import en from '@/i18n/en/session.json';
import { PROOF_ACTS } from './proof-acts';

it('the dialog names every act of the web for which the server asks for a proof', () => {
  const list = readFileSync('../crates/identity/src/danger.rs', 'utf8');
  const acts = [...list.matchAll(/\("([A-Z]+)", "\/api\/v1(\/[^"]+)"/g)].map(([, method, path]) => `${method} ${path}`);
  expect(acts.length).toBeGreaterThan(10);
  expect(Object.keys(PROOF_ACTS).sort()).toEqual(acts.sort());
  expect(Object.keys(en.proof.act).sort()).toEqual(Object.values(PROOF_ACTS).toSorted());
});
