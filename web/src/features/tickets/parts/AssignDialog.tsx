import { Modal, Text, TextInput, UnstyledButton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { PersonRef } from '@/api/model';
import { useMe } from '@/api/permissions';
import { assignableQuery } from '@/api/queries';
import { ErrorState } from '@/ui/ErrorState';
import { takesFocus } from '@/ui/takes-focus';
import classes from './PickList.module.css';

interface AssignDialogProps {
  organizationId: string;
  subject: string;
  onPick: (person: PersonRef | null) => void;
  onClose: () => void;
}

/** Type a few letters, Enter. Oneself comes first, nobody last. */
export function AssignDialog({ organizationId, subject, onPick, onClose }: AssignDialogProps) {
  const { t } = useTranslation();
  const me = useMe();
  const [text, setText] = useState('');
  const [index, setIndex] = useState(0);
  const people = useQuery(assignableQuery(organizationId));
  const sorted = [...(people.data ?? [])].sort((a, b) => Number(b.id === me?.user.id) - Number(a.id === me?.user.id));
  const options: (PersonRef | null)[] = [...sorted, null].filter((person) =>
    (person?.display_name ?? t('tickets.nobody')).toLocaleLowerCase().includes(text.trim().toLocaleLowerCase()),
  );
  const active = Math.min(index, options.length - 1);
  const onKeyDown = (event: React.KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      setIndex((active + step + options.length) % options.length);
    }
    if (event.key === 'Enter' && options[active] !== undefined) onPick(options[active]);
  };
  return (
    <Modal opened onClose={onClose} title={t('tickets.assign.title', { subject })} size="sm">
      <TextInput
        ref={takesFocus}
        data-autofocus
        aria-label={t('common.action.search')}
        placeholder={t('tickets.assign.placeholder')}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setIndex(0);
        }}
        onKeyDown={onKeyDown}
      />
      {people.isError && <ErrorState error={people.error} onRetry={() => void people.refetch()} />}
      <ul className={classes.list}>
        {options.map((person, position) => (
          <li key={person?.id ?? 'nobody'}>
            <UnstyledButton
              className={classes.option}
              data-active={position === active || undefined}
              onClick={() => onPick(person)}
            >
              {person?.display_name ?? t('tickets.nobody')}
              {person?.id === me?.user.id && <Text c="dimmed">{t('tickets.me')}</Text>}
            </UnstyledButton>
          </li>
        ))}
      </ul>
    </Modal>
  );
}
