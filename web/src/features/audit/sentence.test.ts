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
});
