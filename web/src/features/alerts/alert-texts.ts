import type { TFunction } from 'i18next';

/** Why this delivery belongs to this alert, in words; an unknown code is shown as it is. */
export function whyText(code: string | null, t: TFunction): string | null {
  if (!code) return null;
  return t(`alerts.why.${code}` as 'alerts.why.same_incident', '') || code;
}

interface Term {
  factor: string;
  /** What the factor was, as a code. */
  value?: string;
  /** The same in words, from servers that say it so. */
  text?: string;
}

/** One line of the urgency's arithmetic: "Severity: high". */
export function termText({ factor, value, text }: Term, t: TFunction): string {
  if (!value) return text ?? factor;
  const name = t(`alerts.term.${factor}` as 'alerts.term.severity', '') || factor;
  const known =
    t(`alerts.term_value.${value}` as 'alerts.term_value.unknown', '') ||
    t(`common.level.${value}` as 'common.level.high', '');
  return `${name}: ${(known || value).toLocaleLowerCase()}`;
}
