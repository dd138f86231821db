import type { TFunction } from 'i18next';

/** Why a delivery belongs to its alert, in words; an unknown code is shown as it is. */
export function whyGrouped(code: string | null | undefined, t: TFunction): string | null {
  if (!code) return null;
  return t(`alerts.why.${code}` as 'alerts.why.same_incident', '') || code;
}
