import type { TFunction } from 'i18next';

export interface Device {
  browser: string;
  system: string;
  isPhone: boolean;
}

const BROWSERS: [RegExp, string][] = [
  [/Edg(?:e|A|iOS)?\//, 'Edge'],
  [/OPR\//, 'Opera'],
  [/Firefox\/|FxiOS\//, 'Firefox'],
  [/Chrome\/|CriOS\//, 'Chrome'],
  [/Safari\//, 'Safari'],
  [/curl\//, 'curl'],
];

const SYSTEMS: [RegExp, string][] = [
  [/iPhone|iPad/, 'iOS'],
  [/Android/, 'Android'],
  [/Windows/, 'Windows'],
  [/Mac OS X|Macintosh/, 'macOS'],
  [/CrOS/, 'ChromeOS'],
  [/Linux/, 'Linux'],
];

/** What a session was opened with, as far as it says; good enough to recognise one's own. */
export function readUserAgent(text: string | null): Device | null {
  if (!text) return null;
  const find = (list: [RegExp, string][]) => list.find(([pattern]) => pattern.test(text))?.[1] ?? '';
  const device = { browser: find(BROWSERS), system: find(SYSTEMS), isPhone: /iPhone|Android.*Mobile/.test(text) };
  return device.browser || device.system ? device : null;
}

/** The program on its system, in the reader's language; the one of them that is known where the other is not. */
export function deviceName({ browser, system }: Device, t: TFunction): string {
  if (!browser || !system) return browser || system;
  return t('common.device', { browser, system });
}
