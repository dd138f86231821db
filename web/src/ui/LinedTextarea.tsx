import { Input } from '@mantine/core';
import { useId, useLayoutEffect, useRef } from 'react';
import classes from './LinedTextarea.module.css';

interface LinedTextareaProps {
  label: string;
  value: string;
  isReadOnly?: boolean;
  onChange: (value: string) => void;
  /** What is wrong, and at which line, from 1. */
  error?: { line: number; text: string } | null;
}

/** A text written by hand with its lines numbered, and the line that is wrong marked. */
export function LinedTextarea({ label, value, isReadOnly, onChange, error }: LinedTextareaProps) {
  const id = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  const count = value.split('\n').length;
  const line = error ? Math.min(error.line, count) : null;
  useLayoutEffect(() => {
    if (line && field.current) selectLine(field.current, line);
  }, [line]);
  return (
    <Input.Wrapper id={id} label={label} error={error?.text} errorProps={{ role: 'alert' }}>
      <div className={classes.frame} data-error={error ? true : undefined}>
        <div className={classes.numbers} aria-hidden>
          {Array.from({ length: count }, (_, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a line is its number
            <span key={index} data-marked={index + 1 === line || undefined}>
              {index + 1}
            </span>
          ))}
        </div>
        <textarea
          ref={field}
          id={id}
          className={classes.text}
          rows={count}
          wrap="off"
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
          aria-invalid={error ? true : undefined}
          aria-describedby={error ? `${id}-error` : undefined}
          value={value}
          readOnly={isReadOnly}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      </div>
    </Input.Wrapper>
  );
}

/** The browser brings into view what is selected, sideways; the frame does it downwards. */
function selectLine(field: HTMLTextAreaElement, line: number) {
  const lines = field.value.split('\n');
  const start = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
  field.focus({ preventScroll: true });
  field.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0));
  const frame = field.parentElement;
  const height = field.clientHeight / lines.length;
  if (frame) frame.scrollTop = height * line - frame.clientHeight / 2;
}
