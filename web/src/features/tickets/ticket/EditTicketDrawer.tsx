import { Select, TagsInput, Textarea, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, isApiError } from '@/api/client';
import type { Level, Ticket, TicketChange } from '@/api/model';
import { fieldErrors } from '@/ui/error-text';
import { FormDrawer } from '@/ui/FormDrawer';
import { putTicket } from '../cache';
import { type ConflictingField, ConflictPanel } from './ConflictPanel';

const LEVELS: Level[] = ['critical', 'high', 'medium', 'low', 'informational'];

interface Fields {
  title: string;
  description: string;
  severity: Level;
  tags: string[];
}

const fieldsOf = (ticket: Ticket): Fields => ({
  title: ticket.title,
  description: ticket.description ?? '',
  severity: ticket.severity,
  tags: ticket.tags,
});

const isSame = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** Only what the person changed is sent, and only on top of the version they saw. */
export function EditTicketDrawer({ ticket, onClose }: { ticket: Ticket; onClose: () => void }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const [base] = useState(ticket);
  const [theirs, setTheirs] = useState<Ticket | null>(null);
  const before = fieldsOf(base);
  const form = useForm<Fields>({
    initialValues: before,
    validate: { title: (value) => (value.trim() ? null : t('common.state.required')) },
  });
  const changedNames = (Object.keys(before) as (keyof Fields)[]).filter(
    (name) => !isSame(before[name], form.values[name]),
  );

  const save = useMutation({
    mutationFn: (version: number) => {
      const body = Object.fromEntries(changedNames.map((name) => [name, form.values[name]])) as TicketChange;
      return api('PATCH /tickets/{id}', { path: { id: base.id }, body, version });
    },
    onSuccess: (saved) => {
      putTicket(queryClient, saved);
      onClose();
    },
    onError: async (error) => {
      if (isApiError(error, 'version_conflict')) {
        setTheirs(await api('GET /tickets/{id}', { path: { id: base.id } }));
      } else form.setErrors(fieldErrors(error));
    },
  });

  const conflicts: ConflictingField[] = theirs
    ? changedNames
        .filter((name) => !isSame(fieldsOf(theirs)[name], before[name]))
        .map((name) => ({
          name: name === 'title' ? t('tickets.column.title') : t(`common.field.${name}`),
          theirs: String(fieldsOf(theirs)[name]),
          mine: String(form.values[name]),
        }))
    : [];

  return (
    <FormDrawer
      isOpen
      title={t('ticket.edit_title', { reference: base.reference })}
      submitLabel={t('common.action.save')}
      isPending={save.isPending}
      blockedReason={
        changedNames.length === 0 ? t('ticket.nothing_changed') : theirs ? t('ticket.conflict.title') : undefined
      }
      error={theirs || Object.keys(form.errors).length > 0 ? undefined : save.error}
      onSubmit={form.onSubmit(() => save.mutate(base.version))}
      onClose={onClose}
      size={theirs ? 720 : 480}
    >
      {theirs && (
        <ConflictPanel
          fields={conflicts}
          isPending={save.isPending}
          onKeepMine={() => save.mutate(theirs.version)}
          onTakeTheirs={() => {
            putTicket(queryClient, theirs);
            onClose();
          }}
        />
      )}
      <TextInput data-autofocus label={t('tickets.column.title')} {...form.getInputProps('title')} />
      <Select
        label={t('common.field.severity')}
        data={LEVELS.map((value) => ({ value, label: t(`common.level.${value}`) }))}
        allowDeselect={false}
        {...form.getInputProps('severity')}
      />
      <TagsInput label={t('common.field.tags')} maxTags={20} {...form.getInputProps('tags')} />
      <Textarea
        label={t('common.field.description')}
        description={t('ticket.markdown_hint')}
        autosize
        minRows={6}
        maxRows={20}
        {...form.getInputProps('description')}
      />
    </FormDrawer>
  );
}
