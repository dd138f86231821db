import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import type es from './lang-es';

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

/** Loads one language and starts the translator with it. */
export async function startI18n(language: Language): Promise<void> {
  const texts = await loaders[language]();
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: false,
    resources: { [language]: { translation: texts.default } },
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  document.documentElement.lang = language;
}

export async function changeLanguage(language: Language): Promise<void> {
  if (!i18next.hasResourceBundle(language, 'translation')) {
    const texts = await loaders[language]();
    i18next.addResourceBundle(language, 'translation', texts.default);
  }
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
}

export function currentLanguage(): Language {
  return i18next.language === 'en' ? 'en' : 'es';
}
