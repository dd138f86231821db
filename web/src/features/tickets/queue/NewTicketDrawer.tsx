import { Select, Textarea, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import type { Level, NewTicket } from '@/api/model';
import { firstChoice, useOrganizationOptions } from '@/api/organizations';
import { fieldErrors } from '@/ui/error-text';
import { FormDrawer } from '@/ui/FormDrawer';
import { OrganizationSelect } from '@/ui/OrganizationSelect';
import { takesFocus } from '@/ui/takes-focus';

const LEVELS: Level[] = ['critical', 'high', 'medium', 'low', 'informational'];

/** A ticket by hand: a phone call, a walk-in, something seen. */
export function NewTicketDrawer({ organizationId, onClose }: { organizationId?: string; onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const organizations = useOrganizationOptions('tickets:create');
  const isOffered = organizations.some(({ value }) => value === organizationId);
  const form = useForm({
    initialValues: {
      organization_id: isOffered || organizations.length === 1 ? firstChoice(organizations, organizationId) : '',
      title: '',
      description: '',
      severity: 'medium' as Level,
      source_ip: '',
      destination_ip: '',
    },
    validate: {
      organization_id: (value) => (value ? null : t('common.state.required')),
      title: (value) => (value.trim() ? null : t('common.state.required')),
    },
  });
  const create = useMutation({
    mutationFn: (body: NewTicket) => api('POST /tickets', { body }),
    onSuccess: (ticket) => navigate({ to: '/tickets/$id', params: { id: ticket.id } }),
    onError: (error) => form.setErrors(fieldErrors(error)),
  });
  const submit = form.onSubmit(({ description, source_ip, destination_ip, ...values }) =>
    create.mutate({
      ...values,
      title: values.title.trim(),
      ...(description.trim() ? { description } : {}),
      ...(source_ip.trim() ? { source_ip: source_ip.trim() } : {}),
      ...(destination_ip.trim() ? { destination_ip: destination_ip.trim() } : {}),
    }),
  );
  return (
    <FormDrawer
      isOpen
      title={t('tickets.new.title')}
      submitLabel={t('tickets.new.submit')}
      isPending={create.isPending}
      error={Object.keys(form.errors).length === 0 ? create.error : undefined}
      onSubmit={submit}
      onClose={onClose}
    >
      <OrganizationSelect options={organizations} searchable {...form.getInputProps('organization_id')} />
      <TextInput
        ref={takesFocus}
        data-autofocus
        label={t('tickets.column.title')}
        placeholder={t('tickets.new.title_placeholder')}
        {...form.getInputProps('title')}
      />
      <Select
        label={t('common.field.severity')}
        data={LEVELS.map((value) => ({ value, label: t(`common.level.${value}`) }))}
        allowDeselect={false}
        {...form.getInputProps('severity')}
      />
      <Textarea
        label={t('common.field.description')}
        description={t('ticket.markdown_hint')}
        autosize
        minRows={4}
        maxRows={14}
        {...form.getInputProps('description')}
      />
      <TextInput label={t('tickets.column.source_ip')} {...form.getInputProps('source_ip')} />
      <TextInput label={t('tickets.column.destination_ip')} {...form.getInputProps('destination_ip')} />
    </FormDrawer>
  );
}
