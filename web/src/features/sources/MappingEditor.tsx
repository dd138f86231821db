import { ActionIcon, Button, Select, TextInput, Tooltip } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { SourceKind, SourceMapping } from '@/api/model';
import { choicesBeside, firstChoice, useOrganizationOptions } from '@/api/organizations';
import classes from './sources.module.css';

interface MappingEditorProps {
  kind: SourceKind;
  value: SourceMapping[];
  onChange: (value: SourceMapping[]) => void;
  error?: React.ReactNode;
}

/** Which organization a delivery belongs to, by the name it carries; one row is for those that carry none. */
export function MappingEditor({ kind, value, onChange, error }: MappingEditorProps) {
  const { t } = useTranslation();
  const all = useOrganizationOptions();
  const organizations = useOrganizationOptions('sources:write');
  const first = firstChoice(organizations);
  const words = mappingWords(kind, t);
  const set = (index: number, part: Partial<SourceMapping>) =>
    onChange(value.map((row, at) => (at === index ? { ...row, ...part } : row)));
  const add = () => onChange([...value, { match: '', organization_id: first }]);
  return (
    <fieldset className={classes.mapping}>
      <legend className="mantine-InputWrapper-label">{words.title}</legend>
      <p className={classes.dim}>{words.text}</p>
      {value.map((row, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows have no identity besides their place
        <div key={index} className={classes.mappingRow}>
          {row.match === null ? (
            <span className={classes.anyMatch}>{words.none}</span>
          ) : (
            <TextInput
              size="xs"
              aria-label={words.match}
              placeholder={words.match}
              value={row.match}
              onChange={(event) => set(index, { match: event.currentTarget.value })}
            />
          )}
          <span aria-hidden>→</span>
          <Select
            size="xs"
            aria-label={t('common.field.organization')}
            data={choicesBeside(row.organization_id, organizations, all)}
            allowDeselect={false}
            value={row.organization_id}
            onChange={(id) => set(index, { organization_id: id ?? row.organization_id })}
          />
          <Tooltip label={t('common.action.remove')}>
            <ActionIcon
              aria-label={t('common.action.remove')}
              disabled={value.length === 1 || (kind === 'syslog' && row.match === null)}
              onClick={() => onChange(value.filter((_, at) => at !== index))}
            >
              <IconX size={15} aria-hidden />
            </ActionIcon>
          </Tooltip>
        </div>
      ))}
      <div className={classes.mappingFoot}>
        <Button size="compact-sm" variant="default" leftSection={<IconPlus size={14} aria-hidden />} onClick={add}>
          {words.add}
        </Button>
        {value.every((row) => row.match !== null) && (
          <Button
            size="compact-sm"
            variant="default"
            onClick={() => onChange([{ match: null, organization_id: first }, ...value])}
          >
            {words.add_default}
          </Button>
        )}
      </div>
      {error && (
        <p className={classes.error} role="alert">
          {error}
        </p>
      )}
    </fieldset>
  );
}

/** A delivery names an organization; a log line shows which device wrote it. */
export function mappingWords(kind: SourceKind, t: TFunction) {
  const place = kind === 'syslog' ? 'relay' : 'mapping';
  return {
    title: t(`sources.${place}.title`),
    text: t(`sources.${place}.text`),
    match: t(`sources.${place}.match`),
    none: t(`sources.${place}.none`),
    add: t(`sources.${place}.add`),
    add_default: t(`sources.${place}.add_default`),
  };
}

type MappingProblem = 'sources.mapping.empty' | 'sources.mapping.twice' | 'sources.relay.no_default';

/** Why the rows cannot be saved, as a key of the texts. */
export function mappingProblem(rows: readonly SourceMapping[], kind: SourceKind): MappingProblem | null {
  const names = rows.flatMap(({ match }) => (match == null ? [] : [match.trim().toLowerCase()]));
  if (names.includes('')) return 'sources.mapping.empty';
  if (new Set(names).size < names.length) return 'sources.mapping.twice';
  return kind === 'syslog' && names.length === rows.length ? 'sources.relay.no_default' : null;
}
