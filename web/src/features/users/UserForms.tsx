import { TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useTranslation } from 'react-i18next';
import { isApiError } from '@/api/client';
import type { Membership, User } from '@/api/model';
import { firstChoice, useOrganizationOptions } from '@/api/organizations';
import { errorText, fieldErrors } from '@/ui/error-text';
import { FormDrawer } from '@/ui/FormDrawer';
import { notifyDone } from '@/ui/notify';
import { useCreateUser, useUpdateUser } from './api';
import { MembershipEditor } from './MembershipEditor';

interface NewUserFormProps {
  onCreated: (user: User, password: string | undefined) => void;
  onClose: () => void;
}

export function NewUserForm({ onCreated, onClose }: NewUserFormProps) {
  const { t } = useTranslation();
  const organizations = useOrganizationOptions('users:write');
  const create = useCreateUser();
  const form = useForm<{ email: string; display_name: string; memberships: Membership[] }>({
    initialValues: {
      email: '',
      display_name: '',
      memberships: [{ organization_id: firstChoice(organizations) || null, role: 'analyst' }],
    },
    validate: {
      email: (text) => (/^\S+@\S+$/.test(text.trim()) ? null : t('users.invalid_email')),
      display_name: (text) => (text.trim() ? null : t('common.state.required')),
    },
  });
  const submit = form.onSubmit(({ email, display_name, memberships }) =>
    create.mutate(
      { email: email.trim(), display_name: display_name.trim(), memberships },
      {
        onSuccess: ({ user, initial_password }) => onCreated(user, initial_password ?? undefined),
        onError: (error) =>
          form.setErrors(isApiError(error, 'email_taken') ? { email: errorText(error, t) } : fieldErrors(error)),
      },
    ),
  );
  return (
    <FormDrawer
      isOpen
      size={560}
      title={t('users.new')}
      submitLabel={t('common.action.create')}
      isPending={create.isPending}
      error={Object.keys(form.errors).length === 0 ? create.error : undefined}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextInput
        type="email"
        label={t('common.field.email')}
        description={t('users.email_hint')}
        withAsterisk
        data-autofocus
        autoComplete="off"
        {...form.getInputProps('email')}
      />
      <TextInput
        label={t('users.display_name')}
        withAsterisk
        autoComplete="off"
        {...form.getInputProps('display_name')}
      />
      <MembershipEditor
        value={form.values.memberships}
        error={form.errors.memberships}
        onChange={(rows) => form.setFieldValue('memberships', rows)}
      />
    </FormDrawer>
  );
}

export function EditUserForm({ user, onClose }: { user: User; onClose: () => void }) {
  const { t } = useTranslation();
  const update = useUpdateUser(user);
  const form = useForm<{ display_name: string; memberships: Membership[] }>({
    initialValues: { display_name: user.display_name, memberships: user.memberships },
    validate: { display_name: (text) => (text.trim() ? null : t('common.state.required')) },
  });
  const submit = form.onSubmit(({ display_name, memberships }) =>
    update.mutate(
      { display_name: display_name.trim(), memberships },
      {
        onSuccess: () => {
          notifyDone(t('users.saved', { name: display_name }));
          onClose();
        },
        onError: (error) => form.setErrors(fieldErrors(error)),
      },
    ),
  );
  return (
    <FormDrawer
      isOpen
      size={560}
      title={t('users.edit', { name: user.display_name })}
      submitLabel={t('common.action.save')}
      isPending={update.isPending}
      error={Object.keys(form.errors).length === 0 ? update.error : undefined}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextInput label={t('users.display_name')} withAsterisk {...form.getInputProps('display_name')} />
      <MembershipEditor
        value={form.values.memberships}
        error={form.errors.memberships}
        onChange={(rows) => form.setFieldValue('memberships', rows)}
      />
    </FormDrawer>
  );
}
