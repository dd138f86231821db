import { describe, expect, it } from 'vitest';
import { checkPassword } from './password-rules';

const check = (text: string) => checkPassword(text, 'la-antigua-clave-1', ['lucia', 'Ferrer']);

describe('a new password', () => {
  it('needs fifteen characters', () => {
    expect(check('catorce-letras').isLongEnough).toBe(false);
    expect(check('quince-letras-x').isLongEnough).toBe(true);
  });

  it('may not repeat a short piece or walk along the keyboard', () => {
    expect(check('abcabcabcabcabcabc').isVaried).toBe(false);
    expect(check('qwertyuiopasdfghjkl').isVaried).toBe(false);
    expect(check('mesa verde lluvia tren').isVaried).toBe(true);
  });

  it('may not hold the name of its owner', () => {
    expect(check('ferrer-mesa-verde-tren').isImpersonal).toBe(false);
  });

  it('may not be the current one', () => {
    expect(check('la-antigua-clave-1').isDifferent).toBe(false);
  });

  it('is stronger the longer and more varied it is', () => {
    expect(check('aaaaaaaaaaaaaaa').strength).toBe(0);
    expect(check('mesa verde lluvia tren').strength).toBeGreaterThanOrEqual(3);
  });
});
