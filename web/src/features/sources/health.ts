import type { Source } from '@/api/model';

export type SourceHealth = 'receiving' | 'silent' | 'never' | 'disabled';

/** A SIEM that says nothing for an hour is worth a look. */
const SILENT_AFTER_MS = 3_600_000;

export function healthOf(source: Source, now: number): SourceHealth {
  if (!source.is_enabled) return 'disabled';
  if (!source.last_seen_at) return 'never';
  return now - Date.parse(source.last_seen_at) > SILENT_AFTER_MS ? 'silent' : 'receiving';
}
