import { Checkbox, Menu, Popover, Stack, TextInput, UnstyledButton } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './FilterBar.module.css';

export interface FilterOption {
  value: string;
  label: ReactNode;
  /** What the chip says, when `label` is not plain text. */
  text?: string;
}

export interface FilterDefinition {
  /** The key in the address and in the API. */
  name: string;
  label: string;
  /** Choices make a check list; without them the filter is free text. */
  options?: readonly FilterOption[];
  placeholder?: string;
  isSingle?: boolean;
  inputType?: 'text' | 'date';
  /** What the chip says of a free text, when not the text itself. */
  describe?: (value: string) => string;
}

interface FilterBarProps {
  definitions: readonly FilterDefinition[];
  values: Record<string, string | undefined>;
  /** Sets one filter; `undefined` removes it. */
  onChange: (name: string, value: string | undefined) => void;
  onClear?: () => void;
  /** The search field and such, before the chips. */
  children?: ReactNode;
  end?: ReactNode;
}

/** Filters as chips: what is set is visible, and every one can be changed or removed where it stands. */
export function FilterBar({ definitions, values, onChange, onClear, children, end }: FilterBarProps) {
  const { t } = useTranslation();
  const [added, setAdded] = useState<string | null>(null);
  const shown = definitions.filter(({ name }) => values[name] || name === added);
  const rest = definitions.filter(({ name }) => !values[name] && name !== added);
  return (
    <search className={classes.bar}>
      {children}
      {shown.map((definition) => (
        <FilterChip
          key={definition.name}
          definition={definition}
          value={values[definition.name]}
          startsOpen={definition.name === added}
          onChange={(value) => onChange(definition.name, value)}
          onClosed={() => setAdded((name) => (name === definition.name ? null : name))}
        />
      ))}
      {rest.length > 0 && (
        <Menu position="bottom-start" returnFocus={false}>
          <Menu.Target>
            <button type="button" className={classes.addChip}>
              <IconPlus size={14} aria-hidden />
              {t('common.filter.add')}
            </button>
          </Menu.Target>
          <Menu.Dropdown mah={360} style={{ overflowY: 'auto' }}>
            {rest.map(({ name, label }) => (
              <Menu.Item key={name} onClick={() => setAdded(name)}>
                {label}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
      {shown.length > 1 && onClear && (
        <UnstyledButton className={classes.chipName} onClick={onClear} px={6} h={28} fz="inherit">
          {t('common.action.clear_all')}
        </UnstyledButton>
      )}
      {end && <div className={classes.end}>{end}</div>}
    </search>
  );
}

interface FilterChipProps {
  definition: FilterDefinition;
  value: string | undefined;
  startsOpen: boolean;
  onChange: (value: string | undefined) => void;
  onClosed: () => void;
}

function FilterChip({ definition, value, startsOpen, onChange, onClosed }: FilterChipProps) {
  const { t } = useTranslation();
  const [isOpen, setIsOpen] = useState(startsOpen);
  const change = (opened: boolean) => {
    setIsOpen(opened);
    if (!opened) onClosed();
  };
  return (
    <Popover opened={isOpen} onChange={change} position="bottom-start" trapFocus width={260} withRoles={false}>
      <Popover.Target>
        <span className={classes.chip}>
          <button
            type="button"
            className={classes.chipMain}
            aria-haspopup="dialog"
            aria-expanded={isOpen}
            onClick={() => change(!isOpen)}
          >
            <span className={classes.chipName}>{definition.label}</span>
            <span className="truncate">{describeValue(definition, value)}</span>
          </button>
          <button
            type="button"
            className={classes.chipRemove}
            aria-label={t('common.filter.remove', { name: definition.label })}
            onClick={() => {
              onChange(undefined);
              change(false);
            }}
          >
            <IconX size={13} aria-hidden />
          </button>
        </span>
      </Popover.Target>
      <Popover.Dropdown role="dialog" aria-label={definition.label} p="sm">
        {definition.options ? (
          <OptionList definition={definition} value={value} onChange={onChange} />
        ) : (
          <FreeText definition={definition} value={value} onChange={onChange} onDone={() => change(false)} />
        )}
      </Popover.Dropdown>
    </Popover>
  );
}

function describeValue(definition: FilterDefinition, value: string | undefined): string {
  if (!value) return '…';
  if (!definition.options) return definition.describe?.(value) ?? value;
  return value
    .split(',')
    .map((part) => {
      const option = definition.options?.find((each) => each.value === part);
      return option ? (option.text ?? (typeof option.label === 'string' ? option.label : part)) : part;
    })
    .join(', ');
}

interface EditorProps {
  definition: FilterDefinition;
  value: string | undefined;
  onChange: (value: string | undefined) => void;
}

function OptionList({ definition, value, onChange }: EditorProps) {
  const chosen = new Set(value ? value.split(',') : []);
  const toggle = (option: string) => {
    const next = definition.isSingle ? new Set<string>() : new Set(chosen);
    if (chosen.has(option)) next.delete(option);
    else next.add(option);
    const ordered = (definition.options ?? []).map((each) => each.value).filter((each) => next.has(each));
    onChange(ordered.length > 0 ? ordered.join(',') : undefined);
  };
  return (
    <Stack gap={2} mah={320} style={{ overflowY: 'auto' }}>
      {definition.options?.map((option) => (
        <Checkbox
          key={option.value}
          size="xs"
          py={4}
          px={4}
          label={option.label}
          checked={chosen.has(option.value)}
          onChange={() => toggle(option.value)}
        />
      ))}
    </Stack>
  );
}

function FreeText({ definition, value, onChange, onDone }: EditorProps & { onDone: () => void }) {
  const [text, setText] = useState(value ?? '');
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onChange(text.trim() || undefined);
        onDone();
      }}
    >
      <TextInput
        aria-label={definition.label}
        type={definition.inputType ?? 'text'}
        placeholder={definition.placeholder}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onBlur={() => onChange(text.trim() || undefined)}
      />
    </form>
  );
}
