import { Button, NumberInput, Select, Stack } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useTranslation } from 'react-i18next';
import { isApiError } from '@/api/client';
import type { Level, RuleDetail } from '@/api/model';
import { numberOrNull } from '@/lib/numbers';
import { lengthText } from '@/lib/time';
import { errorText, fieldErrors } from '@/ui/error-text';
import { notifyDone } from '@/ui/notify';
import { Panel } from '@/ui/Panel';
import { useUpdateRule } from './api';
import { useMayChange } from './RulePage';
import classes from './rules.module.css';

const LEVELS: Level[] = ['informational', 'low', 'medium', 'high', 'critical'];

/** What an installation sets about a rule; empty leaves it to the rule. */
export function Settings({ rule }: { rule: RuleDetail }) {
  const { t, i18n } = useTranslation();
  const mayChange = useMayChange(rule);
  const update = useUpdateRule(rule);
  const form = useForm({
    initialValues: {
      severity: rule.severity_setting ?? '',
      threshold: rule.threshold ?? ('' as number | string),
      throttle_seconds: rule.throttle_seconds ?? ('' as number | string),
    },
  });
  const submit = form.onSubmit(({ severity, threshold, throttle_seconds }) =>
    update.mutate(
      {
        severity: severity === '' ? null : (severity as Level),
        threshold: numberOrNull(threshold),
        throttle_seconds: numberOrNull(throttle_seconds),
      },
      {
        onSuccess: () => notifyDone(t('rules.settings.saved')),
        onError: (error) => form.setErrors(fieldErrors(error)),
      },
    ),
  );
  const whyNot = mayChange ? undefined : t('rules.settings.not_yours');
  return (
    <Panel title={t('rules.settings.title')}>
      <form onSubmit={submit} noValidate>
        <Stack gap="sm">
          <Select
            label={t('common.field.severity')}
            allowDeselect={false}
            disabled={!mayChange}
            data={[
              { value: '', label: t('rules.settings.own', { value: t(`common.level.${rule.own_severity}`) }) },
              ...LEVELS.map((value) => ({ value, label: t(`common.level.${value}`) })),
            ]}
            {...form.getInputProps('severity')}
          />
          {rule.own_threshold != null && (
            <NumberInput
              label={t('rules.settings.threshold')}
              placeholder={t('rules.settings.own', { value: rule.own_threshold })}
              min={1}
              max={10_000}
              allowDecimal={false}
              disabled={!mayChange}
              {...form.getInputProps('threshold')}
            />
          )}
          <NumberInput
            label={t('rules.settings.throttle')}
            description={t('rules.settings.throttle_hint')}
            placeholder={t('rules.settings.own', { value: lengthText(rule.default_throttle_seconds, i18n.language) })}
            min={0}
            max={86_400}
            allowDecimal={false}
            disabled={!mayChange}
            {...form.getInputProps('throttle_seconds')}
          />
          {update.error && !isApiError(update.error, 'validation_failed') && (
            <p className={classes.error} role="alert">
              {errorText(update.error, t)}
            </p>
          )}
          {whyNot && <p className={classes.dim}>{whyNot}</p>}
          <Button type="submit" variant="default" disabled={!form.isDirty() || !mayChange} loading={update.isPending}>
            {t('common.action.save')}
          </Button>
        </Stack>
      </form>
    </Panel>
  );
}
