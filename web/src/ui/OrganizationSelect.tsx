import { Select, type SelectProps } from '@mantine/core';
import { useTranslation } from 'react-i18next';

interface OrganizationSelectProps extends Omit<SelectProps, 'data'> {
  options: { value: string; label: string }[];
}

/** Whose it is; nothing where there is but one to choose. */
export function OrganizationSelect({ options, ...select }: OrganizationSelectProps) {
  const { t } = useTranslation();
  if (options.length < 2) return null;
  return <Select label={t('common.field.organization')} data={options} allowDeselect={false} {...select} />;
}
