import { TextInput, type TextInputProps } from '@mantine/core';
import { useTranslation } from 'react-i18next';

/** What something is called: needed, and written first. */
export function NameField(props: TextInputProps) {
  const { t } = useTranslation();
  return <TextInput label={t('common.field.name')} withAsterisk data-autofocus {...props} />;
}
