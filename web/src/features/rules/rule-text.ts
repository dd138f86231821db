/** The same rule for somebody else to change: its name says so, and the id that told it from others is gone. */
export function copyOf(yaml: string, mark: string): string {
  return yaml
    .replace(/^id:.*\n/m, '')
    .replace(/^title:\s*(.*)$/m, (_, title: string) => `title: ${marked(title, mark)}`);
}

function marked(title: string, mark: string): string {
  const quote = /^(['"])(.*)\1\s*$/.exec(title);
  return quote ? `${quote[1]}${quote[2]} (${mark})${quote[1]}` : `${title.trimEnd()} (${mark})`;
}

/** Where the server found the text wrong: `line 3: unknown modifier`. */
export function mistakeIn(message: string | undefined): { line: number; text: string } | null {
  const found = /^line (\d+): (.*)$/s.exec(message ?? '');
  return found ? { line: Number(found[1]), text: found[2] ?? '' } : null;
}
