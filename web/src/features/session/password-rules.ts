/** The server's minimum; it decides, this only shows it while typing. */
export const MINIMUM_LENGTH = 15;

export interface PasswordCheck {
  isLongEnough: boolean;
  isDifferent: boolean;
  isVaried: boolean;
  isImpersonal: boolean;
  /** 0 to 4. */
  strength: 0 | 1 | 2 | 3 | 4;
}

const SEQUENCES = ['abcdefghijklmnopqrstuvwxyz', '01234567890', 'qwertyuiop', 'asdfghjkl', 'zxcvbnm'];

function hasSequence(text: string): boolean {
  for (let start = 0; start + 5 <= text.length; start += 1) {
    const piece = text.slice(start, start + 5);
    if (SEQUENCES.some((sequence) => sequence.includes(piece))) return true;
  }
  return false;
}

/** A handful of characters, or one short piece repeated, is not 15 characters of secret. */
function isVaried(text: string): boolean {
  if (new Set(text).size < 7) return false;
  return !/^(.{1,5})\1{2,}/.test(text) && !hasSequence(text);
}

function measure(text: string): number {
  const distinct = new Set(text).size;
  const words = text.split(/[\s\-_.]+/).filter((word) => word.length > 2).length;
  return Math.min(text.length, distinct * 2.2) + words * 1.5;
}

export function checkPassword(text: string, current: string, personal: readonly string[]): PasswordCheck {
  const lower = text.toLowerCase();
  const isLongEnough = [...text].length >= MINIMUM_LENGTH;
  const varied = text !== '' && isVaried(lower);
  const isImpersonal = !personal.some((part) => part.length >= 4 && lower.includes(part.toLowerCase()));
  const size = measure(lower);
  let strength: PasswordCheck['strength'] = size >= 34 ? 4 : size >= 26 ? 3 : size >= 19 ? 2 : size >= 12 ? 1 : 0;
  if (!isLongEnough || !varied || !isImpersonal) strength = Math.min(strength, 1) as 0 | 1;
  return { isLongEnough, isDifferent: text !== current, isVaried: varied, isImpersonal, strength };
}
