import type { TFunction } from 'i18next';

const KNOWN = ['srcIpAddr', 'destIpAddr', 'hostIpAddr', 'hostName', 'user', 'source'] as const;

/** What an entry of an alert is called: as its sender calls it, else as we do, else by its attribute. */
export function attributeLabel({ label, attribute }: { label?: string; attribute: string }, t: TFunction): string {
  const known = KNOWN.find((name) => name === attribute);
  return label || (known ? t(`alerts.attribute.${known}`) : attribute);
}
