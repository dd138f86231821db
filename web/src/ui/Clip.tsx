interface ClipProps {
  text: string | null | undefined;
  isMono?: boolean;
  isDim?: boolean;
}

/** One line that ends in an ellipsis; the whole text is its title. */
export function Clip({ text, isMono = false, isDim = false }: ClipProps) {
  if (!text) return <span aria-hidden>—</span>;
  return (
    <span
      className={isMono ? 'mono truncate' : 'truncate'}
      style={{ display: 'block', color: isDim ? 'var(--cc-text-dim)' : undefined }}
      title={text}
    >
      {text}
    </span>
  );
}
