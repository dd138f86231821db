// Sources and quarantine, as the API tells of them.

import type { Position } from '@/api/model';

export type SourceKind = 'fortisiem' | 'generic';

export interface SourceMapping {
  match: string | null;
  organization_id: string;
  organization_name?: string;
}

export interface SourceCounts {
  received: number;
  created: number;
  updated: number;
  duplicate: number;
  reopened: number;
  linked: number;
  suppressed: number;
  quarantined: number;
}

export interface Source {
  id: string;
  name: string;
  kind: SourceKind;
  is_enabled: boolean;
  organizations: SourceMapping[];
  zone_offset_minutes: number | null;
  storm_limit: number | null;
  token_hint: string;
  token_created_at: string;
  last_seen_at: string | null;
  counts: SourceCounts;
  rate_per_minute: number[];
  version: number;
}

export interface QuarantineItem {
  id: string;
  received_at: string;
  source_id: string | null;
  source_name: string | null;
  reason_code: string;
  reason: string;
  position: Position | null;
  size_bytes: number;
  state: 'held' | 'replayed' | 'discarded';
  content_type: string | null;
  settled_at?: string | null;
  settled_reason?: string | null;
}

export interface QuarantineDetail extends QuarantineItem {
  body_text: string;
  is_lossy: boolean;
}

export interface IntakeHealth {
  spool: { items: number; bytes: number; limit_bytes: number };
  database: 'ok' | 'away';
}

// Alerts
