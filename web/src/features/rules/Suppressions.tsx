import { Button, Select, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RuleDetail, RuleSuppression } from '@/api/model';
import { firstChoice, useOrganizationName, useOrganizationOptions } from '@/api/organizations';
import { useCan } from '@/api/permissions';
import { useNow } from '@/lib/clock';
import { ErrorState } from '@/ui/ErrorState';
import { errorText, fieldErrors } from '@/ui/error-text';
import { FormDrawer } from '@/ui/FormDrawer';
import { notifyFailed } from '@/ui/notify';
import { Panel } from '@/ui/Panel';
import { RelativeTime } from '@/ui/RelativeTime';
import { ruleSuppressionsQuery, useEndSuppression, useSuppress } from './api';
import classes from './rules.module.css';

/** What keeps the rule quiet, until when and why. */
export function Suppressions({ rule }: { rule: RuleDetail }) {
  const { t } = useTranslation();
  const canWrite = useCan('rules:write', rule.organization_id ?? undefined);
  const query = useQuery(ruleSuppressionsQuery(rule.id));
  const [isAdding, setIsAdding] = useState(false);
  return (
    <Panel
      title={t('rules.suppressions.title')}
      actions={
        <Button
          size="compact-sm"
          variant="default"
          disabled={!canWrite}
          title={canWrite ? undefined : t('common.no_permission', { permission: 'rules:write' })}
          onClick={() => setIsAdding(true)}
        >
          {t('common.action.add')}
        </Button>
      }
    >
      {query.error && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {query.data?.length === 0 && <p className={classes.dim}>{t('rules.suppressions.empty')}</p>}
      <ul className={classes.suppressions}>
        {query.data?.map((suppression) => (
          <SuppressionLine key={suppression.id} rule={rule} suppression={suppression} canWrite={canWrite} />
        ))}
      </ul>
      {isAdding && <SuppressionForm rule={rule} onClose={() => setIsAdding(false)} />}
    </Panel>
  );
}

interface LineProps {
  rule: RuleDetail;
  suppression: RuleSuppression;
  canWrite: boolean;
}

function SuppressionLine({ rule, suppression, canWrite }: LineProps) {
  const { t } = useTranslation();
  const end = useEndSuppression(rule.id);
  const organizationName = useOrganizationName();
  const isOver = Date.parse(suppression.until) <= useNow();
  return (
    <li data-over={isOver || undefined}>
      <span className="mono">
        {suppression.field ? `${suppression.field} = ${suppression.value}` : t('rules.suppressions.everything')}
      </span>
      <span className={classes.dim}>
        {suppression.organization_id ? organizationName(suppression.organization_id) : t('rules.all_organizations')}
      </span>
      <span>{suppression.reason}</span>
      <span className={classes.dim}>
        {t(isOver ? 'rules.suppressions.over' : 'rules.suppressions.until')}{' '}
        <RelativeTime at={suppression.until} isLong />
      </span>
      {!isOver && (
        <Button
          size="compact-xs"
          variant="subtle"
          disabled={!canWrite}
          loading={end.isPending}
          onClick={() => end.mutate(suppression.id, { onError: (error) => notifyFailed(errorText(error, t)) })}
        >
          {t('rules.suppressions.end')}
        </Button>
      )}
    </li>
  );
}

const DAYS = [1, 7, 30, 90] as const;
const DAY_MS = 24 * 60 * 60 * 1000;

function SuppressionForm({ rule, onClose }: { rule: RuleDetail; onClose: () => void }) {
  const { t } = useTranslation();
  // A rule of one organization is quiet nowhere else.
  const isReached = (organization: string) => !rule.organization_id || organization === rule.organization_id;
  const organizations = useOrganizationOptions('rules:write').filter(({ value }) => isReached(value));
  const suppress = useSuppress(rule.id);
  const form = useForm({
    initialValues: {
      organization: firstChoice(organizations, rule.organization_id),
      field: 'source_ip',
      value: '',
      days: '7',
      reason: '',
    },
    validate: {
      reason: (text) => (text.trim() ? null : t('common.reason_required')),
      value: (text, { field }) => (field.trim() && !text.trim() ? t('common.state.required') : null),
    },
  });
  const submit = form.onSubmit(({ organization, field, value, days, reason }) =>
    suppress.mutate(
      {
        organization_id: organization,
        field: field.trim() || null,
        value: field.trim() ? value.trim() : null,
        until: new Date(Date.now() + Number(days) * DAY_MS).toISOString(),
        reason: reason.trim(),
      },
      { onSuccess: onClose, onError: (error) => form.setErrors(fieldErrors(error)) },
    ),
  );
  return (
    <FormDrawer
      isOpen
      title={t('rules.suppressions.new')}
      submitLabel={t('rules.suppressions.suppress')}
      isPending={suppress.isPending}
      error={Object.keys(form.errors).length === 0 ? suppress.error : undefined}
      onSubmit={submit}
      onClose={onClose}
    >
      <Select
        label={t('common.field.organization')}
        data={organizations}
        allowDeselect={false}
        {...form.getInputProps('organization')}
      />
      <TextInput
        label={t('rules.suppressions.field')}
        description={t('rules.suppressions.field_hint')}
        {...form.getInputProps('field')}
      />
      <TextInput label={t('rules.suppressions.value')} data-autofocus {...form.getInputProps('value')} />
      <Select
        label={t('rules.suppressions.how_long')}
        allowDeselect={false}
        data={DAYS.map((count) => ({ value: String(count), label: t('rules.suppressions.days', { count }) }))}
        {...form.getInputProps('days')}
      />
      <TextInput label={t('common.field.reason')} withAsterisk maxLength={1000} {...form.getInputProps('reason')} />
    </FormDrawer>
  );
}
