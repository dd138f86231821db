import { Button, Group, Select, Textarea } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import type { Ticket } from '@/api/model';
import { useCan } from '@/api/permissions';
import { inReadersWords } from '@/i18n/own-words';
import { FormDrawer } from '@/ui/FormDrawer';
import { notifyDone } from '@/ui/notify';
import classes from './TicketPage.module.css';

const DAYS = ['7', '30', '90'] as const;
const DAY_MS = 86_400_000;

/** A rule that keeps being wrong may be silenced: for a time, with a reason. */
export function SuppressionOffer({ ticket }: { ticket: Ticket }) {
  const { t } = useTranslation();
  const [isOpen, setIsOpen] = useState(false);
  const [isDismissed, setIsDismissed] = useState(false);
  const canSuppress = useCan('suppressions:write', ticket.organization_id);
  const form = useForm({
    initialValues: { days: '30', reason: ticket.reason ?? '' },
    validate: { reason: (value) => (value.trim() ? null : t('common.reason_required')) },
  });
  const save = useMutation({
    mutationFn: ({ days, reason }: { days: string; reason: string }) =>
      api('POST /alert-policies', {
        body: {
          organization_id: ticket.organization_id,
          source_id: null,
          rule_id: ticket.rule_id,
          action: 'suppress',
          until: new Date(Date.now() + Number(days) * DAY_MS).toISOString(),
          reason: reason.trim(),
        },
      }),
    onSuccess: () => {
      notifyDone(t('ticket.suppress.done'));
      setIsOpen(false);
      setIsDismissed(true);
    },
  });
  if (!ticket.offer_suppression || isDismissed || !ticket.rule_id) return null;
  return (
    <div className={classes.offer}>
      <span>{t('ticket.suppress.offer', { rule: inReadersWords(ticket.rule_name) ?? ticket.rule_id })}</span>
      <Group gap="sm" ml="auto">
        <Button size="xs" variant="subtle" onClick={() => setIsDismissed(true)}>
          {t('ticket.suppress.no')}
        </Button>
        <Button
          size="xs"
          disabled={!canSuppress}
          title={canSuppress ? undefined : t('common.no_permission', { permission: 'suppressions:write' })}
          onClick={() => setIsOpen(true)}
        >
          {t('ticket.suppress.yes')}
        </Button>
      </Group>
      <FormDrawer
        isOpen={isOpen}
        title={t('ticket.suppress.title')}
        submitLabel={t('ticket.suppress.submit')}
        isPending={save.isPending}
        error={save.error}
        onSubmit={form.onSubmit((values) => save.mutate(values))}
        onClose={() => setIsOpen(false)}
      >
        <p style={{ margin: 0 }}>
          {t('ticket.suppress.text', { rule: inReadersWords(ticket.rule_name) ?? ticket.rule_id })}
        </p>
        <Select
          label={t('ticket.suppress.until')}
          data={DAYS.map((value) => ({ value, label: t('ticket.suppress.days', { count: Number(value) }) }))}
          allowDeselect={false}
          {...form.getInputProps('days')}
        />
        <Textarea label={t('common.field.reason')} autosize minRows={3} {...form.getInputProps('reason')} />
      </FormDrawer>
    </div>
  );
}
