import { NumberInput, Select } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Source } from '@/api/model';
import { firstChoice, useOrganizationOptions } from '@/api/organizations';
import { numberOrNull } from '@/lib/numbers';
import { FormDrawer } from '@/ui/FormDrawer';
import { NameField } from '@/ui/NameField';
import { useCreateSource, useUpdateSource } from './api';
import { MappingEditor } from './MappingEditor';
import { SilenceField, SyslogFields } from './SyslogFields';
import { bodyOf, newSource, type SourceFormApi, sourceErrors, useSourceForm, valuesOf } from './source-form';
import { zoneOptions } from './zones';

interface NewSourceFormProps {
  /** The sender the source is made for; it is one of syslog then. */
  network?: string;
  onCreated: (source: Source, token: string) => void;
  onClose: () => void;
}

export function NewSourceForm({ network, onCreated, onClose }: NewSourceFormProps) {
  const { t } = useTranslation();
  const organizations = useOrganizationOptions('sources:write');
  const create = useCreateSource();
  const form = useSourceForm(newSource(firstChoice(organizations), network));
  const submit = form.onSubmit((values) =>
    create.mutate(
      { ...bodyOf(values), kind: values.kind },
      {
        onSuccess: ({ source, token }) => onCreated(source, token),
        onError: (error) => form.setErrors(sourceErrors(error, values, t)),
      },
    ),
  );
  return (
    <FormDrawer
      isOpen
      size={560}
      title={t('sources.new')}
      submitLabel={t('common.action.create')}
      isPending={create.isPending}
      error={Object.keys(form.errors).length === 0 ? create.error : undefined}
      onSubmit={submit}
      onClose={onClose}
    >
      <NameField maxLength={100} {...form.getInputProps('name')} />
      <Select
        label={t('sources.kind_label')}
        allowDeselect={false}
        data={(['fortisiem', 'generic', 'syslog'] as const).map((value) => ({
          value,
          label: t(`sources.kind.${value}`),
        }))}
        {...form.getInputProps('kind')}
      />
      {form.values.kind === 'syslog' && <SyslogFields form={form} />}
      <MappingField form={form} />
      <ZoneField form={form} />
      <SilenceField form={form} />
    </FormDrawer>
  );
}

export function EditSourceForm({ source, onClose }: { source: Source; onClose: () => void }) {
  const { t } = useTranslation();
  const update = useUpdateSource(source);
  const form = useSourceForm(valuesOf(source));
  const submit = form.onSubmit((values) =>
    update.mutate(
      { ...bodyOf(values), storm_limit: numberOrNull(values.storm_limit) },
      { onSuccess: onClose, onError: (error) => form.setErrors(sourceErrors(error, values, t)) },
    ),
  );
  return (
    <FormDrawer
      isOpen
      size={560}
      title={t('sources.edit')}
      submitLabel={t('common.action.save')}
      isPending={update.isPending}
      error={Object.keys(form.errors).length === 0 ? update.error : undefined}
      onSubmit={submit}
      onClose={onClose}
    >
      <NameField maxLength={100} {...form.getInputProps('name')} />
      {source.kind === 'syslog' && <SyslogFields form={form} />}
      <MappingField form={form} />
      <ZoneField form={form} />
      <SilenceField form={form} />
      <NumberInput
        label={t('sources.storm')}
        description={t('sources.storm_hint')}
        placeholder={t('sources.storm_none')}
        min={1}
        max={1_000_000}
        allowDecimal={false}
        {...form.getInputProps('storm_limit')}
      />
    </FormDrawer>
  );
}

function MappingField({ form }: { form: SourceFormApi }) {
  return (
    <MappingEditor
      kind={form.values.kind}
      value={form.values.organizations}
      error={form.errors.organizations}
      onChange={(rows) => form.setFieldValue('organizations', rows)}
    />
  );
}

function ZoneField({ form }: { form: SourceFormApi }) {
  const { t } = useTranslation();
  return (
    <Select
      label={t('sources.zone')}
      description={t('sources.zone_hint')}
      data={zoneOptions(t('sources.zone_none'))}
      allowDeselect={false}
      searchable
      {...form.getInputProps('zone')}
    />
  );
}
