import { Button, Drawer, Select, Stack } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RuleDetail } from '@/api/model';
import { useOrganizationOptions } from '@/api/organizations';
import { problemInReadersWords } from '@/i18n/own-words';
import { errorText, fieldErrors } from '@/ui/error-text';
import { LinedTextarea } from '@/ui/LinedTextarea';
import { notifyDone } from '@/ui/notify';
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
  const [yaml, setYaml] = useState(rule.yaml);
  const update = useUpdateRule(rule);
  const save = () =>
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
    <Frame title={t('rules.edit.title')} isChanged={yaml !== rule.yaml} onClose={onClose}>
      <Text yaml={yaml} onChange={setYaml} run={update} />
      <Foot
        label={t('common.action.save')}
        isDisabled={yaml === rule.yaml || yaml.trim() === ''}
        isPending={update.isPending}
        onSubmit={save}
        onClose={onClose}
      />
    </Frame>
  );
}

/** A rule of one's own that begins as another's text. It is switched off at first. */
export function DuplicateDrawer({ rule, onClose }: TextDrawerProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const organizations = useOrganizationOptions();
  const [organization, setOrganization] = useState(rule.organization_id ?? organizations[0]?.value ?? '');
  const [yaml, setYaml] = useState(() => copyOf(rule.yaml, `${rule.title} (${t('rules.duplicate.copy')})`));
  const create = useCreateRule();
  const save = () =>
    create.mutate(
      { organization_id: organization, yaml, is_enabled: false },
      { onSuccess: ({ id }) => void navigate({ to: '/rules/$id', params: { id } }).then(onClose) },
    );
  return (
    <Frame title={t('rules.duplicate.title')} isChanged onClose={onClose}>
      <p className={classes.dim}>{t('rules.duplicate.text')}</p>
      {organizations.length > 1 && (
        <Select
          label={t('common.field.organization')}
          data={organizations}
          value={organization}
          allowDeselect={false}
          onChange={(value) => setOrganization(value ?? organization)}
        />
      )}
      <Text yaml={yaml} onChange={setYaml} run={create} />
      <Foot
        label={t('rules.duplicate.create')}
        isDisabled={yaml.trim() === ''}
        isPending={create.isPending}
        onSubmit={save}
        onClose={onClose}
      />
    </Frame>
  );
}

interface FrameProps {
  title: string;
  /** What was written does not go by a slip. */
  isChanged: boolean;
  onClose: () => void;
  children: React.ReactNode;
}

function Frame({ title, isChanged, onClose, children }: FrameProps) {
  return (
    <Drawer
      opened
      onClose={onClose}
      closeOnClickOutside={!isChanged}
      closeOnEscape={!isChanged}
      position="right"
      size={820}
      title={title}
    >
      <Stack gap="md">{children}</Stack>
    </Drawer>
  );
}

interface TextProps {
  yaml: string;
  onChange: (yaml: string) => void;
  run: { error: unknown; isPending: boolean; reset: () => void };
}

/** The text, and what the server says against it: at its line, where it names one. */
function Text({ yaml, onChange, run }: TextProps) {
  const { t } = useTranslation();
  const mistake = mistakeIn(fieldErrors(run.error).yaml);
  return (
    <>
      <LinedTextarea
        label={t('rules.text')}
        value={yaml}
        isReadOnly={run.isPending}
        onChange={(text) => {
          onChange(text);
          if (run.error) run.reset();
        }}
        error={
          mistake && {
            line: mistake.line,
            text: `${t('rules.import.line', { line: mistake.line })} ${problemInReadersWords(mistake.text)}`,
          }
        }
      />
      {run.error && !mistake ? (
        <p className={classes.error} role="alert">
          {errorText(run.error, t)}
        </p>
      ) : null}
    </>
  );
}

interface FootProps {
  label: string;
  isDisabled: boolean;
  isPending: boolean;
  onSubmit: () => void;
  onClose: () => void;
}

function Foot({ label, isDisabled, isPending, onSubmit, onClose }: FootProps) {
  const { t } = useTranslation();
  return (
    <div className={classes.foot}>
      <Button variant="default" onClick={onClose}>
        {t('common.action.cancel')}
      </Button>
      <Button disabled={isDisabled} loading={isPending} onClick={onSubmit}>
        {label}
      </Button>
    </div>
  );
}
