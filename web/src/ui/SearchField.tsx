import { CloseButton, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useKeys } from '@/lib/use-keys';
import classes from './SearchField.module.css';

interface SearchFieldProps {
  label: string;
  value: string | undefined;
  onChange: (value: string | undefined) => void;
}

/** Searches while typing, a moment after the last key; `/` jumps to it, Escape empties it. */
export function SearchField({ label, value, onChange }: SearchFieldProps) {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  // While it is being typed the text is ours; otherwise the address decides.
  const [draft, setDraft] = useState<string | null>(null);
  const commit = useDebouncedCallback((text: string) => onChange(text.trim() || undefined), 250);
  useKeys({ '/': () => input.current?.focus() });
  const change = (text: string) => {
    setDraft(text);
    commit(text);
  };
  const text = draft ?? value ?? '';
  return (
    <TextInput
      ref={input}
      className={classes.field}
      size="xs"
      type="search"
      aria-label={label}
      placeholder={label}
      leftSection={<IconSearch size={14} stroke={1.6} aria-hidden />}
      rightSection={
        text ? <CloseButton size="xs" aria-label={t('common.action.clear')} onClick={() => change('')} /> : null
      }
      value={text}
      onChange={(event) => change(event.currentTarget.value)}
      onBlur={() => {
        commit.flush();
        setDraft(null);
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && text) change('');
        if (event.key === 'Enter') commit.flush();
      }}
    />
  );
}
