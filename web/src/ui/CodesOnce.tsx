import classes from './CodesOnce.module.css';
import { CopyButton } from './CopyButton';

interface CodesOnceProps {
  codes: readonly string[];
  /** Why they must be kept now. */
  note: string;
}

/** Codes that are shown this one time. */
export function CodesOnce({ codes, note }: CodesOnceProps) {
  return (
    <div>
      <p className={classes.note}>{note}</p>
      <div className={classes.box}>
        <ol className={`${classes.codes} mono`}>
          {codes.map((code) => (
            <li key={code}>{code}</li>
          ))}
        </ol>
        <CopyButton value={codes.join('\n')} />
      </div>
    </div>
  );
}
