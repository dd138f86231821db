/**
 * The nouns of the API, written by hand from its contract. When the generated
 * types arrive this file becomes a list of aliases and nothing else changes.
 */

import type { Actor, Me } from '@/api/models/people';
import type { TicketRef, TicketSummary } from '@/api/models/tickets';

export type Locale = 'es' | 'en';

export type ColorScheme = 'light' | 'dark' | 'auto';

export type Level = 'informational' | 'low' | 'medium' | 'high' | 'critical';

export type Stage = 'new' | 'in_progress' | 'pending' | 'resolved' | 'closed';

export type Verdict = 'true_positive' | 'benign_positive' | 'false_positive' | 'undetermined' | 'duplicate';

export type Impact = 'none' | 'low' | 'medium' | 'high';

export type Criticality = 'low' | 'medium' | 'high' | 'critical';

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

export interface Items<T> {
  items: T[];
}

export interface Problem {
  type?: string;
  title?: string;
  status: number;
  code: string;
  detail?: string;
  errors?: FieldProblem[];
  request_id?: string;
}

export interface FieldProblem {
  path: string;
  message: string;
  code?: string;
  position?: Position | null;
}

export interface Position {
  byte?: number | null;
  line?: number | null;
  column?: number | null;
  path?: string | null;
}

// Session and identity

export interface AssetRef {
  id: string;
  name: string;
  criticality: Criticality;
}

export interface TicketLink {
  id: string;
  reference: string;
}

export interface UrgencyTerm {
  /** `severity`, `asset_criticality` or `exposure`. */
  factor: string;
  /** A level, `unknown`, `public_source_to_internal_target` or `internet_facing_asset`. */
  value: string;
  points: number;
}

export interface Entry {
  kind?: string;
  attribute: string;
  label: string;
  value: string;
  note?: string | null;
}

export type Period = '24h' | '7d' | '30d' | '90d';

export interface DashboardTiles {
  open: number | null;
  new: number | null;
  unassigned: number | null;
  mtta_seconds: number | null;
  mttr_seconds: number | null;
  alerts_per_hour: number | null;
}

export interface Dashboard {
  tiles: DashboardTiles & { previous: DashboardTiles };
  volume: ({ at: string } & Record<Level, number>)[];
  by_stage: { stage: Stage; count: number }[];
  by_severity: { severity: Level; count: number }[];
  top_rules: { rule_id: string | null; rule_name: string; count: number }[];
  top_assets: { asset_id: string; name: string; count: number }[];
  workload: { user_id: string | null; display_name: string; open: number }[];
  verdicts: { verdict: Verdict; count: number }[];
}

// Notices

export interface Notice {
  id: string;
  kind: 'assigned' | 'mentioned' | 'watched';
  ticket: TicketRef;
  actor: Actor;
  created_at: string;
  read_at: string | null;
  excerpt: string | null;
}

// Live

export type LiveTopic = 'tickets' | 'alerts' | 'assets' | 'sources' | 'quarantine' | 'notices' | 'users' | 'comments';

export interface LiveEvent {
  seq: string;
  topic: LiveTopic;
  organization_id: string | null;
  id: string;
  change: string;
  data?: {
    reference?: string;
    title?: string;
    severity?: Level;
    urgency?: Level;
    stage?: Stage;
    assignee_id?: string | null;
    version?: number;
    ticket_id?: string;
  };
}

export type LiveFrame =
  | { type: 'hello'; seq: string; resumed: boolean }
  | { type: 'events'; events: LiveEvent[] }
  | { type: 'resync' }
  | { type: 'bye'; reason: string }
  | { type: 'pong' };

// Boot

export interface Boot {
  me: Me | null;
  locale_hint: Locale;
  tickets: Page<TicketSummary> | null;
  dashboard: Dashboard | null;
  version: string;
  live_seq: string | null;
}
