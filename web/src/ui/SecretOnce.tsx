import { CopyButton } from './CopyButton';
import classes from './SecretOnce.module.css';

interface SecretOnceProps {
  label: string;
  value: string;
  /** Why it must be copied now. */
  note: string;
}

/** A token or password that is shown this one time. */
export function SecretOnce({ label, value, note }: SecretOnceProps) {
  return (
    <div className={classes.secret}>
      <p className={classes.note}>{note}</p>
      <div>
        <div className="mantine-InputWrapper-label">{label}</div>
        <div className={classes.box}>
          <code className={`${classes.value} mono`}>{value}</code>
          <CopyButton value={value} />
        </div>
      </div>
    </div>
  );
}
