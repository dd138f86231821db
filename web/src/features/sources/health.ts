import type { Source } from '@/api/model';

export type SourceHealth = 'receiving' | 'silent' | 'never' | 'disabled';

/** A source that says nothing for an hour is worth a look, unless it was told how long is too long. */
const SILENT_AFTER_MINUTES = 60;

export function healthOf(source: Source, now: number): SourceHealth {
  if (!source.is_enabled) return 'disabled';
  if (source.silent_since) return 'silent';
  if (!source.last_seen_at) return 'never';
  const minutes = source.silent_after_minutes ?? SILENT_AFTER_MINUTES;
  return now - Date.parse(source.last_seen_at) > minutes * 60_000 ? 'silent' : 'receiving';
}

/** Which part of its lines no format fits, from 0 to 1; null before the first. */
export function unparsedShare({ counts }: Source): number | null {
  return counts && counts.received > 0 ? counts.unparsed / counts.received : null;
}

/** From here on a format or a zone is probably set wrong. */
export const MUCH_UNPARSED = 0.05;
