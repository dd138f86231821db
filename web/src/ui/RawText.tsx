import { Fragment } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './RawText.module.css';

interface RawTextProps {
  label: string;
  text: string;
  /** From 1. */
  line?: number | null;
  /** From 1, in characters. */
  column?: number | null;
  maxHeight?: number | string;
}

/** More lines than anybody reads in one piece; around the marked one when there is one. */
const SHOWN_LINES = 1200;

/** A body as it came, with line numbers, and the place of a mistake marked. */
export function RawText({ label, text, line, column, maxHeight }: RawTextProps) {
  const { t } = useTranslation();
  const lines = text.split('\n');
  const marked = line ? Math.min(line, lines.length) : null;
  const start = marked ? Math.max(0, marked - SHOWN_LINES / 2) : 0;
  const shown = lines.slice(start, start + SHOWN_LINES);
  const hidden = lines.length - shown.length;
  return (
    <section
      className={classes.frame}
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      style={maxHeight ? ({ '--raw-height': maxHeight } as React.CSSProperties) : undefined}
    >
      {shown.map((content, index) => {
        const number = start + index + 1;
        const isMarked = number === marked;
        return (
          <Fragment key={number}>
            <span className={classes.number} data-marked={isMarked || undefined} aria-hidden>
              {number}
            </span>
            <span
              className={classes.line}
              data-marked={isMarked || undefined}
              ref={isMarked ? showInMiddle : undefined}
            >
              {isMarked && column ? <MarkedLine text={content} column={column} /> : content || ' '}
            </span>
          </Fragment>
        );
      })}
      {hidden > 0 && <span className={classes.cut}>{t('common.list.rows', { count: hidden })} …</span>}
    </section>
  );
}

function showInMiddle(element: HTMLElement | null) {
  const frame = element?.parentElement;
  if (element && frame) frame.scrollTop = element.offsetTop - frame.offsetTop - frame.clientHeight / 2;
}

/** Marks from the column to the end of the word or tag that begins there. */
function MarkedLine({ text, column }: { text: string; column: number }) {
  const characters = [...text];
  const before = characters.slice(0, column - 1).join('');
  const rest = characters.slice(column - 1).join('');
  const word = /^(<[^>]*>?|[\w.-]+|.)/u.exec(rest)?.[0] ?? ' ';
  return (
    <>
      {before}
      <mark className={classes.mark}>{word}</mark>
      {rest.slice(word.length)}
    </>
  );
}
