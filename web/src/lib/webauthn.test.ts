import { expect, test } from 'vitest';
import { problemOf, toBytes, toText } from './webauthn';

test('bytes are the same after a journey as text', () => {
  for (const length of [0, 1, 2, 3, 32, 255]) {
    const bytes = Uint8Array.from({ length }, (_, index) => 255 - index);
    const text = toText(bytes.buffer);
    expect(text).toMatch(/^[\w-]*$/);
    expect(toBytes(text)).toEqual(bytes);
  }
});

test('the errors of browsers are told apart', () => {
  expect(problemOf(new DOMException('', 'NotAllowedError'))).toBe('passkey_cancelled');
  expect(problemOf(new DOMException('', 'InvalidStateError'))).toBe('passkey_exists');
  expect(problemOf(new DOMException('', 'SecurityError'))).toBe('passkey_elsewhere');
  expect(problemOf(new TypeError('else'))).toBe('passkey_failed');
});
