import { useNavigate } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RuleDetail } from '@/api/model';
import { firstChoice, useOrganizationOptions } from '@/api/organizations';
import { problemInReadersWords } from '@/i18n/own-words';
import { fieldErrors } from '@/ui/error-text';
import { FormDrawer } from '@/ui/FormDrawer';
import { LinedTextarea } from '@/ui/LinedTextarea';
import { notifyDone } from '@/ui/notify';
import { OrganizationSelect } from '@/ui/OrganizationSelect';
import { useCreateRule, useUpdateRule } from './api';
import { copyOf, mistakeIn } from './rule-text';
import classes from './rules.module.css';

interface TextDrawerProps {
  rule: RuleDetail;
  onClose: () => void;
}

/** The text of one's own rule, to be changed where it stands. */
export function EditDrawer({ rule, onClose }: TextDrawerProps) {
  const { t } = useTranslation();
  const update = useUpdateRule(rule);
  const save = (yaml: string) =>
    update.mutate(
      { yaml },
      {
        onSuccess: () => {
          notifyDone(t('rules.edit.saved'));
          onClose();
        },
      },
    );
  return (
    <TextForm
      title={t('rules.edit.title')}
      submitLabel={t('common.action.save')}
      initial={rule.yaml}
      unchangedReason={t('rules.edit.unchanged')}
      run={update}
      onSubmit={save}
      onClose={onClose}
    />
  );
}

/** A rule of one's own that begins as another's text. It is switched off at first. */
export function DuplicateDrawer({ rule, onClose }: TextDrawerProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const organizations = useOrganizationOptions('rules:write');
  const [organization, setOrganization] = useState(firstChoice(organizations, rule.organization_id));
  const create = useCreateRule();
  const save = (yaml: string) =>
    create.mutate(
      { organization_id: organization, yaml, is_enabled: false },
      { onSuccess: ({ id }) => void navigate({ to: '/rules/$id', params: { id } }).then(onClose) },
    );
  return (
    <TextForm
      title={t('rules.duplicate.title')}
      submitLabel={t('rules.duplicate.create')}
      initial={copyOf(rule.yaml, `${rule.title} (${t('rules.duplicate.copy')})`)}
      run={create}
      onSubmit={save}
      onClose={onClose}
    >
      <p className={classes.dim}>{t('rules.duplicate.text')}</p>
      <OrganizationSelect
        options={organizations}
        value={organization}
        disabled={create.isPending}
        onChange={(value) => setOrganization(value ?? organization)}
      />
    </TextForm>
  );
}

interface TextFormProps {
  title: string;
  submitLabel: string;
  initial: string;
  /** Why the text cannot be sent as it was; without it, it can. */
  unchangedReason?: string;
  run: { error: unknown; isPending: boolean; reset: () => void };
  onSubmit: (yaml: string) => void;
  onClose: () => void;
  children?: ReactNode;
}

/** The text, and what the server says against it: at its line, where it names one. */
function TextForm({ title, submitLabel, initial, unchangedReason, run, onSubmit, onClose, children }: TextFormProps) {
  const { t } = useTranslation();
  const [yaml, setYaml] = useState(initial);
  const isChanged = yaml !== initial;
  const mistake = mistakeIn(fieldErrors(run.error).yaml);
  const change = (text: string) => {
    setYaml(text);
    if (run.error) run.reset();
  };
  return (
    <FormDrawer
      isOpen
      isGuarded={isChanged}
      size={820}
      title={title}
      submitLabel={submitLabel}
      blockedReason={yaml.trim() === '' ? t('common.state.required') : isChanged ? undefined : unchangedReason}
      isPending={run.isPending}
      error={mistake ? undefined : run.error}
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit(yaml);
      }}
      onClose={onClose}
    >
      {children}
      <LinedTextarea
        label={t('rules.text')}
        value={yaml}
        isReadOnly={run.isPending}
        onChange={change}
        error={
          mistake && {
            line: mistake.line,
            text: `${t('rules.import.line', { line: mistake.line })} ${problemInReadersWords(mistake.text)}`,
          }
        }
      />
    </FormDrawer>
  );
}
