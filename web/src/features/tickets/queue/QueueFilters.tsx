import { CloseButton, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, type Ref, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMe } from '@/api/permissions';
import { assignableQuery } from '@/api/queries';
import { FilterBar, type FilterDefinition } from '@/ui/FilterBar';
import { KeyHint } from '@/ui/KeyHint';
import { SeverityBadge } from '@/ui/SeverityBadge';
import { StageBadge } from '@/ui/StageBadge';
import { UrgencyBadge } from '@/ui/UrgencyBadge';
import type { TicketsSearch } from '../search';
import classes from './QueueFilters.module.css';

const LEVELS = ['critical', 'high', 'medium', 'low', 'informational'] as const;
const STAGES = ['new', 'in_progress', 'pending', 'resolved', 'closed'] as const;
const VERDICTS = ['true_positive', 'benign_positive', 'false_positive', 'undetermined', 'duplicate'] as const;

interface QueueFiltersProps {
  filters: TicketsSearch;
  onChange: (change: Partial<TicketsSearch>) => void;
  onClear: () => void;
  searchRef: Ref<HTMLInputElement>;
  end: ReactNode;
}

export function QueueFilters({ filters, onChange, onClear, searchRef, end }: QueueFiltersProps) {
  const definitions = useDefinitions(filters.organization_id);
  return (
    <FilterBar
      definitions={definitions}
      values={filters}
      onChange={(name, value) => onChange({ [name]: value })}
      onClear={onClear}
      end={end}
    >
      {/* Keyed, so that a view or the back button sets the text. */}
      <SearchField key={filters.q ?? ''} text={filters.q ?? ''} onSearch={(q) => onChange({ q })} ref={searchRef} />
    </FilterBar>
  );
}

interface SearchFieldProps {
  text: string;
  onSearch: (text: string | undefined) => void;
  ref: Ref<HTMLInputElement>;
}

function SearchField({ text: initial, onSearch, ref }: SearchFieldProps) {
  const { t } = useTranslation();
  const [text, setText] = useState(initial);
  return (
    <form
      className={classes.search}
      onSubmit={(event) => {
        event.preventDefault();
        onSearch(text.trim() || undefined);
      }}
    >
      <TextInput
        ref={ref}
        size="xs"
        aria-label={t('tickets.search')}
        placeholder={t('tickets.search_placeholder')}
        leftSection={<IconSearch size={14} stroke={1.6} aria-hidden />}
        rightSection={
          text ? (
            <CloseButton
              size={20}
              aria-label={t('common.action.clear')}
              onClick={() => {
                setText('');
                onSearch(undefined);
              }}
            />
          ) : (
            <span className={classes.hint}>
              <KeyHint keys="/" />
            </span>
          )
        }
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') event.currentTarget.blur();
        }}
      />
    </form>
  );
}

function useDefinitions(organizationId: string | undefined): FilterDefinition[] {
  const { t } = useTranslation();
  const me = useMe();
  const people = useQuery(assignableQuery(organizationId ?? me?.organizations[0]?.id ?? '')).data;
  return useMemo(() => {
    const named = (list: readonly string[], text: (value: never) => string, label?: (value: never) => ReactNode) =>
      list.map((value) => ({ value, text: text(value as never), label: (label ?? text)(value as never) }));
    const level = (value: (typeof LEVELS)[number]) => t(`common.level.${value}`);
    const others = (people ?? []).filter(({ id }) => id !== me?.user.id);
    return [
      {
        name: 'stage',
        label: t('common.field.stage'),
        options: named(
          STAGES,
          (value: (typeof STAGES)[number]) => t(`common.stage.${value}`),
          (value: (typeof STAGES)[number]) => <StageBadge stage={value} />,
        ),
      },
      {
        name: 'urgency',
        label: t('common.field.urgency'),
        options: named(LEVELS, level, (value: (typeof LEVELS)[number]) => <UrgencyBadge level={value} isNamed />),
      },
      {
        name: 'severity',
        label: t('common.field.severity'),
        options: named(LEVELS, level, (value: (typeof LEVELS)[number]) => <SeverityBadge level={value} />),
      },
      {
        name: 'assignee',
        label: t('tickets.column.assignee'),
        options: [
          { value: 'me', label: t('tickets.me') },
          { value: 'none', label: t('tickets.nobody') },
          ...others.map(({ id, display_name }) => ({ value: id, label: display_name })),
        ],
      },
      {
        name: 'verdict',
        label: t('common.field.verdict'),
        options: named(VERDICTS, (value: (typeof VERDICTS)[number]) => t(`common.verdict.${value}`)),
      },
      { name: 'ip', label: t('tickets.filter.ip'), placeholder: '203.0.113.7' },
      { name: 'rule_id', label: t('tickets.filter.rule_id') },
      { name: 'asset_id', label: t('tickets.filter.asset_id') },
      { name: 'tag', label: t('tickets.filter.tag') },
      { name: 'status', label: t('tickets.filter.status') },
      { name: 'source_reference', label: t('tickets.filter.source_reference') },
      { name: 'created_from', label: t('tickets.filter.created_from'), inputType: 'date' },
      { name: 'created_to', label: t('tickets.filter.created_to'), inputType: 'date' },
      {
        name: 'include_merged',
        label: t('tickets.filter.include_merged'),
        isSingle: true,
        options: [{ value: 'true', label: t('common.state.yes') }],
      },
    ];
  }, [t, people, me?.user.id]);
}
