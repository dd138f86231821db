import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import type es from './lang-es';
import { readOwnWordsIn } from './own-words';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation';
    resources: { translation: typeof es };
    returnNull: false;
  }
}

export type Language = 'es' | 'en';

const loaders: Record<Language, () => Promise<{ default: object }>> = {
  es: () => import('./lang-es'),
  en: () => import('./lang-en'),
};

async function load(language: Language): Promise<object> {
  const texts = (await loaders[language]()).default;
  const categories = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
  return withEveryPlural(texts as Texts, categories);
}

interface Texts {
  [key: string]: string | Texts;
}

/** Spanish has a plural of its own for whole millions, which beside a number in figures reads as any other. */
function withEveryPlural(texts: Texts, categories: readonly string[]): Texts {
  const complete: Texts = {};
  for (const [key, text] of Object.entries(texts)) {
    complete[key] = typeof text === 'string' ? text : withEveryPlural(text, categories);
    if (!key.endsWith('_other')) continue;
    for (const category of categories) complete[key.replace(/other$/, category)] ??= text;
  }
  return complete;
}

/** Loads one language and starts the translator with it. */
export async function startI18n(language: Language): Promise<void> {
  const [texts] = await Promise.all([load(language), readOwnWordsIn(language)]);
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: false,
    resources: { [language]: { translation: texts } },
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  document.documentElement.lang = language;
}

export async function changeLanguage(language: Language): Promise<void> {
  if (!i18next.hasResourceBundle(language, 'translation')) {
    i18next.addResourceBundle(language, 'translation', await load(language));
  }
  await readOwnWordsIn(language);
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
}

export function currentLanguage(): Language {
  return i18next.language === 'en' ? 'en' : 'es';
}
