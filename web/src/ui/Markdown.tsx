import { lazy, Suspense } from 'react';
import classes from './Markdown.module.css';

const MarkdownBody = lazy(() => import('./MarkdownBody'));

/** Text that people or sources wrote: sanitised, without images or remote loads. Shows the plain text until the reader arrives. */
export function Markdown({ text }: { text: string }) {
  return (
    <div className={classes.markdown}>
      <Suspense fallback={<p className={classes.plain}>{text}</p>}>
        <MarkdownBody text={text} />
      </Suspense>
    </div>
  );
}
