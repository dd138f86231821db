import type { Language } from './i18n';

type Words = (text: string) => string | undefined;

const words: Partial<Record<Language, Words>> = {};
let current: Words | undefined;

/** Takes the language that is shown from now on; the program itself writes English. */
export async function readOwnWordsIn(language: Language): Promise<void> {
  if (language === 'es') words.es ??= reader((await import('./es/own_words')).default);
  current = words[language];
}

/**
 * A text of the server in the reader's language, where the program itself wrote it; anybody else's as it is. A rule's
 * title may have behind it what the sender calls the case: `FortiGate found malware: EICAR`.
 */
export function inReadersWords(text: string): string;
export function inReadersWords(text: string | null | undefined): string | null | undefined;
export function inReadersWords(text: string | null | undefined) {
  if (!text || !current) return text;
  const whole = current(text);
  if (whole !== undefined) return whole;
  const end = text.indexOf(': ');
  const title = end > 0 ? current(text.slice(0, end)) : undefined;
  return title === undefined ? text : title + text.slice(end);
}

function reader(dictionary: Record<string, string>): Words {
  const patterns = Object.entries(dictionary)
    .filter(([from]) => from.includes('{}'))
    .map(([from, to]) => ({ from: new RegExp(`^${from.split('{}').map(quoted).join('(.+)')}$`), to }));
  return (text) => {
    if (Object.hasOwn(dictionary, text)) return dictionary[text];
    for (const { from, to } of patterns) {
      const found = from.exec(text);
      if (!found) continue;
      let place = 0;
      return to.replaceAll('{}', () => {
        place += 1;
        return inReadersWords(found[place] ?? '');
      });
    }
    return undefined;
  };
}

const quoted = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
