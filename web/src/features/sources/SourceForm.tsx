import { NumberInput, Select, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useTranslation } from 'react-i18next';
import { isApiError } from '@/api/client';
import type { Source, SourceKind, SourceMapping } from '@/api/model';
import { useOrganizationOptions } from '@/api/organizations';
import { errorText, fieldErrors } from '@/ui/error-text';
import { FormDrawer } from '@/ui/FormDrawer';
import { useCreateSource, useUpdateSource } from './api';
import { MappingEditor, mappingProblem } from './MappingEditor';
import { zoneOptions } from './zones';

interface Values {
  name: string;
  kind: SourceKind;
  organizations: SourceMapping[];
  zone: string;
  storm_limit: number | string;
}

function useSourceForm(initialValues: Values) {
  const { t } = useTranslation();
  return useForm<Values>({
    initialValues,
    validate: {
      name: (text) => (text.trim() ? null : t('common.state.required')),
      organizations: (rows) => {
        const problem = mappingProblem(rows);
        return problem && t(problem);
      },
    },
  });
}

interface NewSourceFormProps {
  onCreated: (source: Source, token: string) => void;
  onClose: () => void;
}

export function NewSourceForm({ onCreated, onClose }: NewSourceFormProps) {
  const { t } = useTranslation();
  const organizations = useOrganizationOptions();
  const create = useCreateSource();
  const form = useSourceForm({
    name: '',
    kind: 'fortisiem',
    organizations: [{ match: null, organization_id: organizations[0]?.value ?? '' }],
    zone: '',
    storm_limit: '',
  });
  const submit = form.onSubmit(({ name, kind, organizations: rows }) =>
    create.mutate(
      { name: name.trim(), kind, organizations: trimmed(rows) },
      {
        onSuccess: ({ source, token }) => onCreated(source, token),
        onError: (error) => form.setErrors(sourceErrors(error, errorText(error, t))),
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
      <TextInput
        label={t('common.field.name')}
        withAsterisk
        data-autofocus
        maxLength={100}
        {...form.getInputProps('name')}
      />
      <Select
        label={t('sources.kind_label')}
        allowDeselect={false}
        data={(['fortisiem', 'generic'] as const).map((value) => ({ value, label: t(`sources.kind.${value}`) }))}
        {...form.getInputProps('kind')}
      />
      <MappingEditor
        value={form.values.organizations}
        error={form.errors.organizations}
        onChange={(rows) => form.setFieldValue('organizations', rows)}
      />
    </FormDrawer>
  );
}

export function EditSourceForm({ source, onClose }: { source: Source; onClose: () => void }) {
  const { t } = useTranslation();
  const update = useUpdateSource(source);
  const form = useSourceForm({
    name: source.name,
    kind: source.kind,
    organizations: source.organizations,
    zone: source.zone_offset_minutes === null ? '' : String(source.zone_offset_minutes),
    storm_limit: source.storm_limit ?? '',
  });
  const submit = form.onSubmit(({ name, organizations, zone, storm_limit }) =>
    update.mutate(
      {
        name: name.trim(),
        organizations: trimmed(organizations),
        zone_offset_minutes: zone === '' ? null : Number(zone),
        storm_limit: storm_limit === '' ? null : Number(storm_limit),
      },
      { onSuccess: onClose, onError: (error) => form.setErrors(sourceErrors(error, errorText(error, t))) },
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
      <TextInput label={t('common.field.name')} withAsterisk maxLength={100} {...form.getInputProps('name')} />
      <MappingEditor
        value={form.values.organizations}
        error={form.errors.organizations}
        onChange={(rows) => form.setFieldValue('organizations', rows)}
      />
      <Select
        label={t('sources.zone')}
        description={t('sources.zone_hint')}
        data={zoneOptions(t('sources.zone_none'))}
        allowDeselect={false}
        searchable
        {...form.getInputProps('zone')}
      />
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

const trimmed = (rows: SourceMapping[]) => rows.map((row) => ({ ...row, match: row.match?.trim() ?? null }));

/** A name that is taken belongs under the name. */
function sourceErrors(error: unknown, text: string): Record<string, string> {
  if (isApiError(error, 'name_taken')) return { name: text };
  if (isApiError(error, 'match_taken')) return { organizations: text };
  return fieldErrors(error);
}
