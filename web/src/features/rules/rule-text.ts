/**
 * The same rule for somebody else to change: it has another title, and the id that told it from others is gone. The rules
 * that a correlation refers to stand below it in the same text, and stay.
 */
export function copyOf(yaml: string, title: string): string {
  const end = yaml.search(/(?<=\n)---/);
  const [rule, rest] = end < 0 ? [yaml, ''] : [yaml.slice(0, end), yaml.slice(end)];
  const quoted = `'${title.replaceAll("'", "''")}'`;
  return rule.replace(entry('id', '\\r?\\n?'), '').replace(entry('title'), () => `title: ${quoted}`) + rest;
}

/** A key of the outermost level with its value, which goes on over the lines that are indented. */
const entry = (key: string, end = '') => new RegExp(`^${key}:.*(?:(?:\\r?\\n[ \\t]*)*\\r?\\n[ \\t]+\\S.*)*${end}`, 'm');

/** Where the server found the text wrong: `line 3: unknown modifier`. */
export function mistakeIn(message: string | undefined): { line: number; text: string } | null {
  const found = /^line (\d+): (.*)$/s.exec(message ?? '');
  return found ? { line: Number(found[1]), text: found[2] ?? '' } : null;
}
