import { NumberInput, Select, Textarea } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { FORMATS } from '@/lib/formats';
import type { SourceFormApi } from './source-form';

/** What only a source of syslog has: who sends, and what. */
export function SyslogFields({ form }: { form: SourceFormApi }) {
  const { t } = useTranslation();
  return (
    <>
      <Textarea
        label={t('sources.networks.label')}
        description={t('sources.networks.hint')}
        placeholder={'10.20.0.0/24\n192.0.2.7'}
        withAsterisk
        autosize
        minRows={2}
        maxRows={8}
        spellCheck={false}
        autoCapitalize="off"
        classNames={{ input: 'mono' }}
        {...form.getInputProps('networks')}
      />
      <Select
        label={t('sources.format.label')}
        description={t('sources.format.hint')}
        data={[{ value: '', label: t('sources.format.none') }, ...FORMATS]}
        allowDeselect={false}
        searchable
        {...form.getInputProps('format')}
      />
    </>
  );
}

/** Every kind of source can fall silent. */
export function SilenceField({ form }: { form: SourceFormApi }) {
  const { t } = useTranslation();
  return (
    <NumberInput
      label={t('sources.silence.label')}
      description={t('sources.silence.hint')}
      placeholder={t('sources.silence.none')}
      min={1}
      max={43_200}
      allowDecimal={false}
      {...form.getInputProps('silent_after_minutes')}
    />
  );
}
