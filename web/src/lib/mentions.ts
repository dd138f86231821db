/** Who may be mentioned. */
export interface Mentionable {
  id: string;
  display_name: string;
}

const WRITTEN = /@\[([^\]]+)\]\(user:[^)\s]+\)/g;

/** What a person reads and types: `@Name`. */
export function readMentions(body: string): string {
  return body.replace(WRITTEN, '@$1');
}

/** What is stored: `@[Name](user:<id>)`, the longest names first so that "Ana" never eats "Ana María". */
export function writeMentions(text: string, people: readonly Mentionable[]): string {
  const byLength = [...people].sort((a, b) => b.display_name.length - a.display_name.length);
  let written = text;
  for (const { id, display_name } of byLength) {
    const name = display_name.replace(/[[\]()]/g, '');
    const escaped = display_name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    written = written.replace(new RegExp(`@${escaped}(?![\\p{L}\\p{N}])`, 'gu'), `@[${name}](user:${id})`);
  }
  return written;
}

/** The name being typed after an `@` at the caret, or null. */
export function mentionAt(text: string, caret: number): { start: number; query: string } | null {
  const match = /(?:^|[\s(])@([\p{L}\p{N}.-]{0,30})$/u.exec(text.slice(0, caret));
  if (!match) return null;
  const query = match[1] ?? '';
  return { start: caret - query.length - 1, query };
}
