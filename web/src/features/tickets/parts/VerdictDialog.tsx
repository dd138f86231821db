import { Button, Group, Modal, Stack, Text, Textarea } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { CloseInput, Impact, Verdict } from '@/api/model';
import { errorText } from '@/ui/error-text';
import { KeyHint } from '@/ui/KeyHint';
import { takesFocus } from '@/ui/takes-focus';
import classes from './VerdictDialog.module.css';

const VERDICTS: Verdict[] = ['true_positive', 'benign_positive', 'false_positive', 'undetermined', 'duplicate'];
const IMPACTS: Impact[] = ['none', 'low', 'medium', 'high'];

interface VerdictDialogProps {
  /** What is being closed: a reference, or how many. */
  subject: string;
  canResolve: boolean;
  onSubmit: (input: CloseInput, as: 'resolve' | 'close') => Promise<unknown>;
  onClose: () => void;
}

/** Verdict, impact and reason are required to close. 1 to 5 choose the verdict; Ctrl Enter closes. */
export function VerdictDialog({ subject, canResolve, onSubmit, onClose }: VerdictDialogProps) {
  const { t } = useTranslation();
  const [verdict, setVerdict] = useState<Verdict | null>(null);
  const [impact, setImpact] = useState<Impact | null>(null);
  const [reason, setReason] = useState('');
  const reasonField = useRef<HTMLTextAreaElement>(null);
  const isComplete = verdict !== null && impact !== null && reason.trim() !== '';
  const save = useMutation({
    mutationFn: (as: 'resolve' | 'close') =>
      onSubmit({ verdict: verdict as Verdict, impact: impact as Impact, reason: reason.trim() }, as),
    onSuccess: onClose,
  });

  const choose = (next: Verdict) => {
    setVerdict(next);
    // What turned out to be nothing did nothing.
    if (impact === null && (next === 'false_positive' || next === 'duplicate')) setImpact('none');
    reasonField.current?.focus();
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    const isText = event.target instanceof HTMLTextAreaElement;
    const picked = VERDICTS[Number(event.key) - 1];
    if (!isText && picked) {
      event.preventDefault();
      choose(picked);
    }
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && isComplete) save.mutate('close');
  };

  return (
    <Modal opened onClose={onClose} title={t('tickets.verdict.title', { subject })} size={520} onKeyDown={onKeyDown}>
      <Stack gap="lg">
        <fieldset className={classes.verdicts}>
          <legend className={classes.legend}>{t('common.field.verdict')}</legend>
          {VERDICTS.map((option, index) => (
            <label key={option} className={classes.option}>
              <input
                type="radio"
                name="verdict"
                checked={verdict === option}
                ref={index === 0 ? takesFocus : undefined}
                data-autofocus={(index === 0 && verdict === null) || undefined}
                onChange={() => choose(option)}
              />
              <KeyHint keys={String(index + 1)} />
              <span>{t(`common.verdict.${option}`)}</span>
              <small>{t(`tickets.verdict.hint.${option}`)}</small>
            </label>
          ))}
        </fieldset>
        <fieldset className={classes.verdicts}>
          <legend className={classes.legend}>{t('tickets.verdict.impact')}</legend>
          <div className={classes.impacts}>
            {IMPACTS.map((option) => (
              <label key={option} className={`${classes.option} ${classes.impact}`}>
                <input type="radio" name="impact" checked={impact === option} onChange={() => setImpact(option)} />
                {t(`common.impact.${option}`)}
              </label>
            ))}
          </div>
        </fieldset>
        <Textarea
          ref={reasonField}
          data-autofocus={verdict !== null || undefined}
          label={t('common.field.reason')}
          placeholder={t('tickets.verdict.reason_placeholder')}
          autosize
          minRows={2}
          maxRows={8}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        {save.error ? (
          <Text c="var(--cc-bad)" role="alert">
            {errorText(save.error, t)}
          </Text>
        ) : null}
        <Group justify="flex-end" gap="sm">
          {!isComplete && (
            <Text c="dimmed" size="xs" mr="auto">
              {t('tickets.verdict.required')}
            </Text>
          )}
          {canResolve && (
            <Button
              variant="default"
              disabled={!isComplete}
              loading={save.isPending}
              onClick={() => save.mutate('resolve')}
            >
              {t('tickets.action.resolve')}
            </Button>
          )}
          <Button
            disabled={!isComplete}
            loading={save.isPending}
            onClick={() => save.mutate('close')}
            rightSection={<KeyHint keys="Ctrl ↵" />}
          >
            {t('tickets.action.close')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
