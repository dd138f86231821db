import { Checkbox, Select, TagsInput, Textarea, TextInput } from '@mantine/core';
import { type UseFormReturnType, useForm } from '@mantine/form';
import { useQueryClient } from '@tanstack/react-query';
import type { TFunction } from 'i18next';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, isApiError } from '@/api/client';
import { keys } from '@/api/keys';
import type { Asset } from '@/api/model';
import { firstChoice, useOrganizationOptions } from '@/api/organizations';
import { addressProblem, isHostname } from '@/lib/address';
import { fieldErrors, listErrors } from '@/ui/error-text';
import { FormDrawer } from '@/ui/FormDrawer';
import { NameField } from '@/ui/NameField';
import { notifyDone } from '@/ui/notify';
import { OrganizationSelect } from '@/ui/OrganizationSelect';
import { AssetConflict } from './AssetConflict';
import { useCreateAsset, useUpdateAsset } from './api';
import { CRITICALITIES, KINDS, STATES } from './asset-look';
import classes from './assets.module.css';
import { changedFields, type EditedValues, editedValues } from './merge-edit';

interface AssetFormProps {
  /** What is edited; null for a new one. */
  asset: Asset | null;
  organizationId?: string;
  onSaved?: (asset: Asset) => void;
  onClose: () => void;
}

type Values = EditedValues & { organization_id: string };

const EMPTY: EditedValues = {
  name: '',
  kind: 'server',
  criticality: 'medium',
  state: 'active',
  owner: null,
  department: null,
  description: null,
  is_internet_facing: false,
  addresses: [],
  hostnames: [],
  tags: [],
};

export function AssetForm({ asset, organizationId, onSaved, onClose }: AssetFormProps) {
  const { t } = useTranslation();
  const organizations = useOrganizationOptions('assets:write');
  const firstOrganization = firstChoice(organizations, organizationId);
  // What the form started from; a conflict moves it to what the other person saved.
  const [base, setBase] = useState(asset);
  const [theirs, setTheirs] = useState<Asset | null>(null);
  const form = useForm<Values>({
    initialValues: asset
      ? { ...editedValues(asset), organization_id: asset.organization_id }
      : { ...EMPTY, organization_id: firstOrganization },
    validate: validation(t),
  });
  const save = useSave(base);
  const send = (values: Values) =>
    save.run(values, {
      onSaved: (saved) => {
        notifyDone(t(asset ? 'assets.saved' : 'assets.created', { name: saved.name }));
        onSaved?.(saved);
        onClose();
      },
      onConflict: setTheirs,
      onInvalid: (errors) => form.setErrors(errors),
    });

  return (
    <>
      <FormDrawer
        isOpen
        size={560}
        title={asset ? t('assets.edit', { name: asset.name }) : t('assets.new')}
        submitLabel={t(asset ? 'common.action.save' : 'common.action.create')}
        isPending={save.isPending}
        error={Object.keys(form.errors).length === 0 && !isApiError(save.error, 'version_conflict') ? save.error : null}
        onSubmit={form.onSubmit(send)}
        onClose={onClose}
      >
        {!asset && <OrganizationSelect options={organizations} {...form.getInputProps('organization_id')} />}
        <Identity form={form} />
        <Names form={form} />
        <Ownership form={form} />
      </FormDrawer>
      {base && theirs && (
        <AssetConflict
          base={editedValues(base)}
          theirs={editedValues(theirs)}
          mine={form.getValues()}
          onResolved={(values) => {
            form.setValues(values);
            setBase(theirs);
            setTheirs(null);
          }}
          onClose={() => setTheirs(null)}
        />
      )}
    </>
  );
}

interface SaveEvents {
  onSaved: (asset: Asset) => void;
  onConflict: (theirs: Asset) => void;
  onInvalid: (errors: Record<string, string>) => void;
}

/** Creates, or sends what differs from `base`; a conflict brings what is saved now. */
function useSave(base: Asset | null) {
  const queryClient = useQueryClient();
  const create = useCreateAsset();
  const update = useUpdateAsset();
  const fail = async (error: unknown, events: SaveEvents) => {
    if (!base || !isApiError(error, 'version_conflict')) return events.onInvalid(listErrors(fieldErrors(error)));
    const current = await api('GET /assets/{id}', { path: { id: base.id } });
    queryClient.setQueryData(keys.one('assets', base.id), current);
    events.onConflict(current);
  };
  const run = ({ organization_id, ...values }: Values, events: SaveEvents) => {
    const callbacks = { onSuccess: events.onSaved, onError: (error: unknown) => void fail(error, events) };
    if (!base) return create.mutate({ ...values, organization_id }, callbacks);
    const change = changedFields(editedValues(base), values);
    if (Object.keys(change).length === 0) return events.onSaved(base);
    update.mutate({ id: base.id, version: base.version, change }, callbacks);
  };
  return { run, isPending: create.isPending || update.isPending, error: create.error ?? update.error };
}

function validation(t: TFunction) {
  const addresses = (list: string[]) => {
    const wrong = list.flatMap((text) => {
      const problem = addressProblem(text);
      return problem ? [t(`assets.problem.${problem}`, { text })] : [];
    });
    return wrong.length > 0 ? wrong.join(' · ') : null;
  };
  const hostnames = (list: string[]) => {
    const wrong = list.filter((text) => !isHostname(text));
    return wrong.length > 0 ? t('assets.problem.not_a_hostname', { text: wrong.join(', ') }) : null;
  };
  const name = (text: string) => (text.trim() ? null : t('common.state.required'));
  return { name, addresses, hostnames };
}

interface FormPart {
  form: Pick<UseFormReturnType<Values>, 'getInputProps' | 'getValues' | 'setFieldValue' | 'validateField' | 'errors'>;
}

function Identity({ form }: FormPart) {
  const { t } = useTranslation();
  return (
    <>
      <NameField maxLength={200} {...form.getInputProps('name')} />
      <div className={classes.two}>
        <Select
          label={t('assets.field.kind')}
          allowDeselect={false}
          data={KINDS.map((value) => ({ value, label: t(`assets.kind.${value}`) }))}
          {...form.getInputProps('kind')}
        />
        <Select
          label={t('common.field.criticality')}
          description={t('assets.criticality_hint')}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          allowDeselect={false}
          data={CRITICALITIES.map((value) => ({ value, label: t(`common.criticality.${value}`) }))}
          {...form.getInputProps('criticality')}
        />
      </div>
      <Checkbox
        label={t('assets.field.is_internet_facing')}
        {...form.getInputProps('is_internet_facing', { type: 'checkbox' })}
      />
    </>
  );
}

const TAG_SPLIT = [',', ' ', ';', '\n'];

function Names({ form }: FormPart) {
  const { t } = useTranslation();
  const revalidate = (field: 'addresses' | 'hostnames') => () => form.validateField(field);
  return (
    <>
      <TagsInput
        label={t('assets.field.addresses')}
        description={t('assets.addresses_hint')}
        placeholder={form.getValues().addresses.length === 0 ? '10.0.0.5, 10.0.4.0/24, 2001:db8::1' : undefined}
        splitChars={TAG_SPLIT}
        acceptValueOnBlur
        {...form.getInputProps('addresses')}
        onBlur={revalidate('addresses')}
      />
      <TagsInput
        label={t('assets.field.hostnames')}
        placeholder={form.getValues().hostnames.length === 0 ? 'srv-01.example.org' : undefined}
        splitChars={TAG_SPLIT}
        acceptValueOnBlur
        {...form.getInputProps('hostnames')}
        onBlur={revalidate('hostnames')}
      />
    </>
  );
}

function Ownership({ form }: FormPart) {
  const { t } = useTranslation();
  const text = (field: 'owner' | 'department' | 'description') => ({
    value: form.getValues()[field] ?? '',
    error: form.errors[field],
    onChange: (event: { currentTarget: { value: string } }) =>
      form.setFieldValue(field, event.currentTarget.value || null),
  });
  return (
    <>
      <div className={classes.two}>
        <TextInput label={t('common.field.owner')} maxLength={200} {...text('owner')} />
        <TextInput label={t('assets.field.department')} maxLength={200} {...text('department')} />
      </div>
      <TagsInput label={t('common.field.tags')} acceptValueOnBlur maxTags={32} {...form.getInputProps('tags')} />
      <Textarea label={t('common.field.description')} autosize minRows={2} maxRows={8} {...text('description')} />
      <Select
        label={t('common.field.state')}
        description={t('assets.state_hint')}
        allowDeselect={false}
        data={STATES.map((value) => ({ value, label: t(`assets.state.${value}`) }))}
        {...form.getInputProps('state')}
      />
    </>
  );
}
