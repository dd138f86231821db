import '@mantine/dropzone/styles.layer.css';
import { Button, Checkbox, Drawer, Stack, Textarea } from '@mantine/core';
import { Dropzone } from '@mantine/dropzone';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ImportedRule } from '@/api/model';
import { firstChoice, useOrganizationOptions } from '@/api/organizations';
import { problemInReadersWords } from '@/i18n/own-words';
import { errorText } from '@/ui/error-text';
import { OrganizationSelect } from '@/ui/OrganizationSelect';
import { useImportRules } from './api';
import classes from './rules.module.css';

/** Sigma rules from files or pasted: first what would come of each, then the import. */
export function ImportDrawer({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const organizations = useOrganizationOptions('rules:write');
  const [organization, setOrganization] = useState(firstChoice(organizations));
  const [yaml, setYaml] = useState('');
  const [isEnabled, setIsEnabled] = useState(false);
  const run = useImportRules();
  const send = (dryRun: boolean) =>
    run.mutate({ organization_id: organization, yaml, is_enabled: isEnabled, dry_run: dryRun });
  // What was said is of another text then. A call on its way is let arrive: the fields are closed until it has.
  const forget = () => {
    if (run.error || run.data) run.reset();
  };
  const change = (text: string) => {
    setYaml(text);
    forget();
  };
  const drop = async (files: File[]) => {
    const texts = await Promise.all(files.map((file) => file.text()));
    change(texts.join('\n---\n'));
  };
  const isChecked = run.data !== undefined && run.variables.dry_run === true;
  const isDone = run.data !== undefined && run.variables.dry_run === false;
  const takes = run.data?.items.filter(({ outcome }) => outcome !== 'refused').length ?? 0;
  return (
    <Drawer opened onClose={onClose} position="right" size={720} title={t('rules.import.title')}>
      <Stack gap="md">
        {!isDone && (
          <>
            <OrganizationSelect
              options={organizations}
              value={organization}
              disabled={run.isPending}
              onChange={(value) => {
                setOrganization(value ?? organization);
                forget();
              }}
            />
            <Dropzone
              onDrop={(files) => void drop(files)}
              disabled={run.isPending}
              className={classes.drop}
              inputProps={{ 'aria-label': t('rules.import.drop') }}
            >
              {t('rules.import.drop')}
            </Dropzone>
            <Textarea
              label={t('rules.import.text')}
              description={t('rules.import.hint')}
              classNames={{ input: classes.mono }}
              autosize
              minRows={6}
              maxRows={18}
              spellCheck={false}
              value={yaml}
              readOnly={run.isPending}
              onChange={(event) => change(event.currentTarget.value)}
            />
            <Checkbox
              label={t('rules.import.enable')}
              checked={isEnabled}
              onChange={(event) => setIsEnabled(event.currentTarget.checked)}
            />
          </>
        )}
        {run.error && (
          <p className={classes.error} role="alert">
            {errorText(run.error, t)}
          </p>
        )}
        {run.data && <Outcomes items={run.data.items} isDone={isDone} />}
        <div className={classes.foot}>
          {isDone ? (
            <Button onClick={onClose}>{t('common.action.close')}</Button>
          ) : (
            <>
              <Button
                variant="default"
                disabled={yaml.trim() === ''}
                loading={run.isPending}
                onClick={() => send(true)}
              >
                {t('rules.import.check')}
              </Button>
              <Button
                disabled={!isChecked || takes === 0}
                title={isChecked ? undefined : t('rules.import.check_first')}
                loading={run.isPending}
                onClick={() => send(false)}
              >
                {t('rules.import.run', { count: takes })}
              </Button>
            </>
          )}
        </div>
      </Stack>
    </Drawer>
  );
}

/** The refused ones first: they want something done. */
function Outcomes({ items, isDone }: { items: ImportedRule[]; isDone: boolean }) {
  const { t } = useTranslation();
  const refused = items.filter(({ outcome }) => outcome === 'refused');
  const taken = items.filter(({ outcome }) => outcome !== 'refused');
  return (
    <section aria-label={t('rules.import.outcome')} className={classes.outcomes}>
      <p role="status">
        {t(isDone ? 'rules.import.taken' : 'rules.import.would_take', { count: taken.length })}
        {refused.length > 0 && ` ${t('rules.import.refused', { count: refused.length })}`}
      </p>
      <ul>
        {refused.map((item, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: what is refused has no identity
          <li key={index} data-refused>
            <strong>{t('rules.import.line', { line: item.line ?? 1 })}</strong>{' '}
            {item.unsupported
              ? t('rules.import.unsupported', { feature: problemInReadersWords(item.unsupported) })
              : problemInReadersWords(item.message ?? '')}
          </li>
        ))}
        {taken.map((item, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: titles may stand twice
          <li key={`taken ${index}`}>
            {item.title} <span className={classes.dim}>{t(`rules.import.${item.outcome}`)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
