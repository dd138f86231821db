import type { Language } from './i18n';

type Dictionary = Record<string, string>;

interface Words {
  titles: Dictionary;
  texts: Dictionary;
  problems: Dictionary;
  findings: Dictionary;
  tactics: Dictionary;
  storm: { from: RegExp; to: string };
  decimalPoint: string;
}

const words: Partial<Record<Language, Words>> = {};
let current: Words | undefined;

/** Takes the language that is shown from now on; the program itself writes English. */
export async function readOwnWordsIn(language: Language): Promise<void> {
  if (language === 'es') words.es ??= await import('./es/own-words');
  current = words[language];
}

type Text = string | null | undefined;

/**
 * What a rule, an alert or a ticket says, in the reader's language where the program itself wrote it; anybody else's as it
 * is. A rule's title may have behind it what the sender calls the case: `FortiGate found malware: EICAR`.
 */
export function inReadersWords(text: string): string;
export function inReadersWords(text: Text): Text;
export function inReadersWords(text: Text) {
  if (!text || !current) return text;
  const inner = current.storm.from.exec(text)?.[1];
  if (inner) return current.storm.to.replace('{}', () => inReadersWords(inner));
  const whole = exactly(text, current.titles) ?? found(text, current.texts);
  if (whole !== undefined) return whole;
  const end = text.indexOf(': ');
  const title = end > 0 ? exactly(text.slice(0, end), current.titles) : undefined;
  return title === undefined ? text : title + text.slice(end);
}

/** What is odd about a line or wrong with the text of a rule: the program alone says so, and may name one within another. */
export function problemInReadersWords(text: string): string {
  return (current && found(text, current.problems, problemInReadersWords)) ?? text;
}

/** What is wrong with the installation, and what it is about: the program alone says so. */
export function findingInReadersWords(text: string): string {
  return (current && found(text, current.findings, figureInReadersWords)) ?? text;
}

function figureInReadersWords(text: string): string {
  return current && /^\d+\.\d+$/.test(text) ? text.replace('.', current.decimalPoint) : text;
}

/** A tactic of ATT&CK; techniques go by their numbers. */
export function tacticInReadersWords(name: string): string {
  return (current && exactly(name, current.tactics)) ?? name;
}

const exactly = (text: string, dictionary: Dictionary) =>
  Object.hasOwn(dictionary, text) ? dictionary[text] : undefined;

/** As it stands there, or with what is about the case in it. */
function found(text: string, dictionary: Dictionary, inner = (part: string) => part): string | undefined {
  const whole = exactly(text, dictionary);
  if (whole !== undefined) return whole;
  for (const { from, to } of patternsOf(dictionary)) {
    const cases = from.exec(text);
    if (!cases) continue;
    let place = 0;
    return to.replaceAll('{}', () => {
      place += 1;
      return inner(cases[place] ?? '');
    });
  }
  return undefined;
}

const patterns = new WeakMap<Dictionary, { from: RegExp; to: string }[]>();

function patternsOf(dictionary: Dictionary) {
  let made = patterns.get(dictionary);
  if (!made) {
    made = Object.entries(dictionary)
      .filter(([from]) => from.includes('{}'))
      .map(([from, to]) => ({ from: new RegExp(`^${from.split('{}').map(quoted).join('(.+)')}$`), to }));
    patterns.set(dictionary, made);
  }
  return made;
}

const quoted = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
