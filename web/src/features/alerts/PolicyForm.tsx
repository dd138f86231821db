import { Button, Select, Textarea, TextInput } from '@mantine/core';
import { type UseFormReturnType, useForm } from '@mantine/form';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Alert, AlertPolicy } from '@/api/model';
import { firstChoice, useOrganizationName, useOrganizationOptions } from '@/api/organizations';
import { hasPermission, useCan, useMe } from '@/api/permissions';
import { sourcesQuery } from '@/api/sources';
import { inReadersWords } from '@/i18n/own-words';
import { fieldErrors } from '@/ui/error-text';
import { FormDrawer } from '@/ui/FormDrawer';
import { notifyDone } from '@/ui/notify';
import classes from './alerts.module.css';
import { type PolicyInput, useSavePolicy } from './api';

const ACTIONS = ['ticket', 'alert_only', 'suppress'] as const;
const QUICK_DAYS = [1, 7, 30, 90] as const;
const DAY_MS = 86_400_000;

interface PolicyFormProps {
  existing: AlertPolicy | null;
  /** What the policy is about, when it starts from an alert. */
  alert?: Alert;
  onClose: () => void;
}

interface Values {
  organization_id: string;
  source_id: string | null;
  rule_id: string;
  action: AlertPolicy['action'];
  until: string;
  reason: string;
}

export function PolicyForm({ existing, alert, onClose }: PolicyFormProps) {
  const { t } = useTranslation();
  const organizations = useOrganizationOptions('suppressions:write');
  const me = useMe();
  // Whoever may only suppress chooses nothing else.
  const mayDecide = (organizationId: string) => hasPermission(me, 'policies:write', organizationId);
  const actionOf = ({ organization_id, action }: Values) => (mayDecide(organization_id) ? action : 'suppress');
  const save = useSavePolicy(existing);
  const form = useForm<Values>({
    initialValues: initialValues(existing, alert, firstChoice(organizations)),
    validate: {
      reason: (text) => (text.trim() ? null : t('common.reason_required')),
      until: (text, values) =>
        actionOf(values) === 'suppress' && !isInFuture(text) ? t('alerts.policies.until_required') : null,
    },
  });
  const submit = form.onSubmit((values) =>
    save.mutate(toInput({ ...values, action: actionOf(values) }), {
      onSuccess: () => {
        notifyDone(t('alerts.policies.saved'));
        onClose();
      },
      onError: (error) => form.setErrors(fieldErrors(error)),
    }),
  );
  const action = actionOf(form.values);
  const isSuppression = action === 'suppress';
  const title = existing ? 'alerts.policies.edit' : alert ? 'alerts.action.suppress' : 'alerts.policies.new';
  return (
    <FormDrawer
      isOpen
      title={t(title)}
      submitLabel={t('common.action.save')}
      isPending={save.isPending}
      error={save.error && Object.keys(form.errors).length === 0 ? save.error : undefined}
      onSubmit={submit}
      onClose={onClose}
    >
      {existing ? <ScopeText policy={existing} /> : <ScopeFields form={form} alert={alert} />}
      {!alert && (
        <Select
          label={t('alerts.policies.action_label')}
          allowDeselect={false}
          data={ACTIONS.map((value) => ({
            value,
            label: t(`alerts.policies.action.${value}`),
            disabled: value !== 'suppress' && !mayDecide(form.values.organization_id),
          }))}
          {...form.getInputProps('action')}
          value={action}
          description={t(`alerts.policies.action_hint.${action}`)}
        />
      )}
      {isSuppression && (
        <div>
          <TextInput
            type="datetime-local"
            label={t('alerts.policies.until')}
            description={t('alerts.policies.until_hint')}
            withAsterisk
            min={localText(new Date())}
            {...form.getInputProps('until')}
          />
          <div className={classes.quick}>
            {QUICK_DAYS.map((days) => (
              <Button
                key={days}
                size="compact-xs"
                variant="default"
                onClick={() => form.setFieldValue('until', localText(new Date(Date.now() + days * DAY_MS)))}
              >
                {t('alerts.policies.days', { count: days })}
              </Button>
            ))}
          </div>
        </div>
      )}
      <Textarea
        label={t('common.field.reason')}
        description={t('alerts.policies.reason_hint')}
        withAsterisk
        data-autofocus={alert !== undefined || undefined}
        autosize
        minRows={2}
        maxLength={1000}
        {...form.getInputProps('reason')}
      />
    </FormDrawer>
  );
}

interface ScopeFieldsProps {
  form: Pick<UseFormReturnType<Values>, 'getInputProps'>;
  alert?: Alert;
}

/** Whose, from where and which rule: the most particular policy holds. */
function ScopeFields({ form, alert }: ScopeFieldsProps) {
  const { t } = useTranslation();
  const organizations = useOrganizationOptions('suppressions:write');
  const canReadSources = useCan('sources:read');
  const sources = useQuery({ ...sourcesQuery, enabled: canReadSources }).data ?? [];
  const known = sources.map(({ id, name }) => ({ value: id, label: name }));
  const own = alert?.source_id ? [{ value: alert.source_id, label: alert.source_name ?? alert.source_id }] : [];
  return (
    <>
      <Select
        label={t('common.field.organization')}
        data={organizations}
        allowDeselect={false}
        readOnly={alert !== undefined}
        {...form.getInputProps('organization_id')}
      />
      <TextInput
        label={t('alerts.detail.rule_id')}
        description={inReadersWords(alert?.rule_name) ?? t('alerts.policies.rule_hint')}
        placeholder={t('alerts.policies.any_rule')}
        {...form.getInputProps('rule_id')}
      />
      <Select
        label={t('alerts.column.source')}
        data={known.length > 0 ? known : own}
        clearable
        placeholder={t('alerts.policies.any_source')}
        {...form.getInputProps('source_id')}
      />
    </>
  );
}

function ScopeText({ policy }: { policy: AlertPolicy }) {
  const { t } = useTranslation();
  const nameOf = useOrganizationName();
  const canReadSources = useCan('sources:read');
  const sources = useQuery({ ...sourcesQuery, enabled: canReadSources }).data;
  const source = sources?.find(({ id }) => id === policy.source_id)?.name ?? policy.source_id;
  return (
    <p className={classes.scope}>
      {nameOf(policy.organization_id)} · {policy.rule_id ?? t('alerts.policies.any_rule')} ·{' '}
      {source ?? t('alerts.policies.any_source')}
    </p>
  );
}

function initialValues(existing: AlertPolicy | null, alert: Alert | undefined, organizationId: string): Values {
  if (existing) {
    const { organization_id, source_id, rule_id, action, until, reason } = existing;
    return {
      organization_id,
      source_id: source_id ?? null,
      rule_id: rule_id ?? '',
      action,
      until: until ? localText(new Date(until)) : '',
      reason,
    };
  }
  return {
    organization_id: alert?.organization_id ?? organizationId,
    source_id: alert?.source_id ?? null,
    rule_id: alert?.rule_id ?? '',
    action: alert ? 'suppress' : 'alert_only',
    until: localText(new Date(Date.now() + 7 * DAY_MS)),
    reason: '',
  };
}

function toInput(values: Values): PolicyInput {
  return {
    organization_id: values.organization_id,
    source_id: values.source_id,
    rule_id: values.rule_id.trim() || null,
    action: values.action,
    until: values.action === 'suppress' ? new Date(values.until).toISOString() : null,
    reason: values.reason.trim(),
  };
}

function isInFuture(text: string): boolean {
  return text !== '' && Date.parse(text) > Date.now();
}

/** As `datetime-local` wants it: local, to the minute. */
function localText(date: Date): string {
  const shifted = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 16);
}
