import type { TFunction } from 'i18next';

/** What an entry of an alert is called: as its sender calls it, else as we do, else by its attribute. */
export function attributeLabel({ label, attribute }: { label?: string; attribute: string }, t: TFunction): string {
  return label || t(`alerts.attribute.${attribute}` as 'alerts.attribute.user', '') || attribute;
}
