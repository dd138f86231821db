import '@mantine/dropzone/styles.layer.css';
import { Button, Checkbox, Drawer, Stack } from '@mantine/core';
import { Dropzone } from '@mantine/dropzone';
import { IconFileSpreadsheet } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ImportResult, ImportPreview as Preview } from '@/api/model';
import { firstChoice, useOrganizationName, useOrganizationOptions } from '@/api/organizations';
import { formatBytes, formatNumber } from '@/lib/numbers';
import { errorText } from '@/ui/error-text';
import { OrganizationSelect } from '@/ui/OrganizationSelect';
import { useImportAssets, usePreviewImport } from './api';
import { ImportPreview } from './ImportPreview';
import classes from './import.module.css';

interface ImportDrawerProps {
  organizationId: string | undefined;
  onClose: () => void;
}

interface Draft {
  file: File;
  outcome: Preview;
}

/** Three steps: a file, what it would do, what it did. Nothing is written before the second is confirmed. */
export function ImportDrawer({ organizationId, onClose }: ImportDrawerProps) {
  const { t } = useTranslation();
  const organizations = useOrganizationOptions('assets:import');
  const [organization, setOrganization] = useState(firstChoice(organizations, organizationId));
  const [draft, setDraft] = useState<Draft | null>(null);
  const [result, setResult] = useState<ImportResult | null>(null);
  const step = result ? 3 : draft ? 2 : 1;
  return (
    <Drawer opened onClose={onClose} position="right" size={760} title={t('assets.import.title')}>
      <Steps current={step} />
      {step === 1 && <PickFile organization={organization} onOrganization={setOrganization} onRead={setDraft} />}
      {step === 2 && draft && (
        <Review draft={draft} organization={organization} onBack={() => setDraft(null)} onDone={setResult} />
      )}
      {result && <Result result={result} onClose={onClose} />}
    </Drawer>
  );
}

function Steps({ current }: { current: number }) {
  const { t } = useTranslation();
  return (
    <ol className={classes.steps}>
      {(['file', 'review', 'result'] as const).map((name, index) => (
        <li
          key={name}
          aria-current={current === index + 1 ? 'step' : undefined}
          data-done={current > index + 1 || undefined}
        >
          <span aria-hidden>{index + 1}</span>
          {t(`assets.import.step.${name}`)}
        </li>
      ))}
    </ol>
  );
}

interface PickFileProps {
  organization: string;
  onOrganization: (id: string) => void;
  onRead: (draft: Draft) => void;
}

const MAX_BYTES = 10 * 1024 * 1024;

function PickFile({ organization, onOrganization, onRead }: PickFileProps) {
  const { t } = useTranslation();
  const organizations = useOrganizationOptions('assets:import');
  const read = usePreviewImport();
  const [isTooLarge, setIsTooLarge] = useState(false);
  const drop = ([file]: File[]) => {
    if (!file) return;
    setIsTooLarge(file.size > MAX_BYTES);
    if (file.size > MAX_BYTES) return;
    read.mutate(
      { file, organizationId: organization, skipInvalid: false },
      { onSuccess: (outcome) => onRead({ file, outcome }) },
    );
  };
  const problem = isTooLarge ? t('assets.import.too_large') : read.error ? errorText(read.error, t) : null;
  return (
    <Stack gap="lg">
      <OrganizationSelect
        options={organizations}
        label={t('assets.import.into')}
        value={organization}
        onChange={(value) => onOrganization(value ?? organization)}
      />
      <Dropzone
        onDrop={drop}
        loading={read.isPending}
        multiple={false}
        className={classes.drop}
        inputProps={{ 'aria-label': t('assets.import.drop') }}
      >
        <div className={classes.dropText}>
          <IconFileSpreadsheet size={28} stroke={1.3} aria-hidden />
          <strong>{t('assets.import.drop')}</strong>
          <span className={classes.dim}>{t('assets.import.limits')}</span>
        </div>
      </Dropzone>
      {problem && (
        <p className={classes.problem} role="alert">
          {problem}
        </p>
      )}
      <div className={classes.dim}>
        <p className={classes.hint}>{t('assets.import.columns')}</p>
        <code className={`${classes.sample} mono`}>
          name,kind,criticality,state,owner,department,description,is_internet_facing,addresses,hostnames,tags
        </code>
        <p className={classes.hint}>{t('assets.import.matching')}</p>
      </div>
    </Stack>
  );
}

interface ReviewProps {
  draft: Draft;
  organization: string;
  onBack: () => void;
  onDone: (result: ImportResult) => void;
}

function Review({ draft, organization, onBack, onDone }: ReviewProps) {
  const { t, i18n } = useTranslation();
  const nameOf = useOrganizationName();
  const [skipsInvalid, setSkipsInvalid] = useState(false);
  const apply = useImportAssets();
  const { file, outcome } = draft;
  const errorCount = outcome.error_count;
  const hasErrors = errorCount > 0;
  const changes = outcome.creates + outcome.updates;
  const isBlocked = (hasErrors && !skipsInvalid) || changes === 0;
  const run = () =>
    apply.mutate({ file, organizationId: organization, skipInvalid: skipsInvalid }, { onSuccess: onDone });
  return (
    <Stack gap="lg">
      <p className={classes.hint}>
        <strong>{file.name}</strong> · {formatBytes(file.size, i18n.language)} → {nameOf(organization)}
      </p>
      <ImportPreview outcome={outcome} />
      {hasErrors && (
        <Checkbox
          label={t('assets.import.skip_invalid', { count: errorCount })}
          checked={skipsInvalid}
          onChange={(event) => setSkipsInvalid(event.currentTarget.checked)}
        />
      )}
      {apply.error && (
        <p className={classes.problem} role="alert">
          {errorText(apply.error, t)}
        </p>
      )}
      <div className={classes.foot}>
        <Button variant="default" onClick={onBack}>
          {t('assets.import.another')}
        </Button>
        <Button
          disabled={isBlocked}
          title={isBlocked ? t(changes === 0 ? 'assets.import.nothing' : 'assets.import.blocked') : undefined}
          loading={apply.isPending}
          onClick={run}
        >
          {t('assets.import.apply', { count: changes, total: formatNumber(changes, i18n.language) })}
        </Button>
      </div>
    </Stack>
  );
}

function Result({ result, onClose }: { result: ImportResult; onClose: () => void }) {
  const { t, i18n } = useTranslation();
  const figures = [
    { name: 'created', value: result.created },
    { name: 'updated', value: result.updated },
    { name: 'unchanged', value: result.unchanged },
    { name: 'skipped', value: result.skipped },
  ] as const;
  return (
    <Stack gap="lg">
      <div role="status">
        <dl className={classes.figures}>
          {figures.map(({ name, value }) => (
            <div key={name}>
              <dd>{formatNumber(value, i18n.language)}</dd>
              <dt>{t(`assets.import.figure.${name}`)}</dt>
            </div>
          ))}
        </dl>
      </div>
      <div className={classes.foot}>
        <Button onClick={onClose} data-autofocus>
          {t('common.action.close')}
        </Button>
      </div>
    </Stack>
  );
}
