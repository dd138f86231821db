import { useKeys } from '@/lib/use-keys';
import { KeyHint } from './KeyHint';
import classes from './NewPill.module.css';

interface NewPillProps {
  count: number;
  label: string;
  /** The same for those who hear it; default: the label. */
  announcement?: string;
  onShow: () => void;
}

/** Says how many rows wait outside a list that holds still; a press or `n` brings them in. */
export function NewPill({ count, label, announcement = label, onShow }: NewPillProps) {
  useKeys({ n: onShow }, count > 0);
  return (
    <>
      <span className="visually-hidden" role="status">
        {count > 0 ? announcement : ''}
      </span>
      {count > 0 && (
        <button type="button" className={classes.pill} onClick={onShow}>
          {label}
          <KeyHint keys="N" />
        </button>
      )}
    </>
  );
}
