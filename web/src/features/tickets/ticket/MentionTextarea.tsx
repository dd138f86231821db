import { Popover, Textarea, UnstyledButton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type Ref, useRef, useState } from 'react';
import { assignableQuery } from '@/api/queries';
import { mentionAt } from '@/lib/mentions';
import classes from '../parts/PickList.module.css';

interface MentionTextareaProps {
  label: string;
  placeholder?: string;
  organizationId: string;
  value: string;
  onChange: (text: string) => void;
  onSubmit: () => void;
  onCancel?: () => void;
  ref?: Ref<HTMLTextAreaElement>;
}

const OFFERED = 6;

/** A text field where `@` offers the people who can work on the ticket. Ctrl Enter sends. */
export function MentionTextarea(props: MentionTextareaProps) {
  const { value, onChange } = props;
  const field = useRef<HTMLTextAreaElement | null>(null);
  const [caret, setCaret] = useState(-1);
  const [index, setIndex] = useState(0);
  const people = useQuery(assignableQuery(props.organizationId)).data ?? [];
  const typed = caret >= 0 ? mentionAt(value, caret) : null;
  const offered = typed
    ? people
        .filter((person) => person.display_name.toLocaleLowerCase().includes(typed.query.toLocaleLowerCase()))
        .slice(0, OFFERED)
    : [];

  const pick = (position: number) => {
    const person = offered[position];
    if (!person || !typed) return;
    const before = `${value.slice(0, typed.start)}@${person.display_name} `;
    onChange(before + value.slice(caret));
    setCaret(-1);
    requestAnimationFrame(() => {
      field.current?.focus();
      field.current?.setSelectionRange(before.length, before.length);
    });
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      return props.onSubmit();
    }
    if (offered.length === 0) {
      if (event.key === 'Escape') (props.onCancel ?? (() => field.current?.blur()))();
      return;
    }
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0) setIndex((index + step + offered.length) % offered.length);
    else if (event.key === 'Enter' || event.key === 'Tab') pick(Math.min(index, offered.length - 1));
    else if (event.key === 'Escape') setCaret(-1);
    else return;
    event.preventDefault();
  };

  return (
    <Popover opened={offered.length > 0} position="bottom-start" width={260} withRoles={false}>
      <Popover.Target>
        <Textarea
          ref={(element) => {
            field.current = element;
            if (typeof props.ref === 'function') props.ref(element);
            else if (props.ref) props.ref.current = element;
          }}
          aria-label={props.label}
          placeholder={props.placeholder}
          autosize
          minRows={2}
          maxRows={16}
          value={value}
          onChange={(event) => {
            onChange(event.currentTarget.value);
            setCaret(event.currentTarget.selectionStart);
            setIndex(0);
          }}
          onBlur={() => setCaret(-1)}
          onKeyDown={onKeyDown}
        />
      </Popover.Target>
      <Popover.Dropdown p={4}>
        {offered.map((person, position) => (
          <UnstyledButton
            key={person.id}
            className={classes.option}
            data-active={position === index || undefined}
            tabIndex={-1}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => pick(position)}
          >
            {person.display_name}
          </UnstyledButton>
        ))}
      </Popover.Dropdown>
    </Popover>
  );
}
