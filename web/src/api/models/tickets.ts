// Tickets, as the API tells of them.

import type { AssetRef, Impact, Level, Stage, TicketLink, UrgencyTerm, Verdict } from '@/api/model';
import type { Asset } from '@/api/models/assets';
import type { Actor, PersonRef } from '@/api/models/people';

export interface TicketRef {
  id: string;
  reference: string;
  title?: string;
  stage?: Stage;
  severity?: Level;
  urgency?: Level;
}

export interface SimilarTicket extends TicketRef {
  /** `same_rule`, `same_source_ip`, `same_destination_ip`, `same_asset`. */
  why: string[];
  score: number;
}

export interface TicketSummary {
  id: string;
  organization_id: string;
  reference: string;
  title: string;
  stage: Stage;
  status: { key: string; label: string } | null;
  severity: Level;
  urgency: Level;
  urgency_score: number;
  assignee: PersonRef | null;
  rule_id: string | null;
  rule_name: string | null;
  source_ip: string | null;
  destination_ip: string | null;
  asset: AssetRef | null;
  alerts: number;
  occurrences: number;
  first_seen_at: string;
  last_seen_at: string;
  created_at: string;
  updated_at: string;
  acknowledged_at: string | null;
  resolved_at: string | null;
  closed_at: string | null;
  verdict: Verdict | null;
  tags: string[];
  merged_into: TicketLink | null;
  is_storm: boolean;
  version: number;
}

/** What a ticket's page says of the asset. */
export type AssetCard = Pick<
  Asset,
  | 'id'
  | 'name'
  | 'kind'
  | 'criticality'
  | 'state'
  | 'owner'
  | 'department'
  | 'is_internet_facing'
  | 'hostnames'
  | 'tags'
>;

export type LinkKind = 'related' | 'duplicate_of' | 'caused_by' | 'recurrence_of';

export interface Entity {
  kind: string;
  role: 'source' | 'target' | 'detail';
  attribute: string;
  label: string;
  value: string;
  note?: string | null;
}

export interface Ticket extends TicketSummary {
  description: string | null;
  urgency_terms: UrgencyTerm[];
  asset_card: AssetCard | null;
  reason: string | null;
  impact: Impact | null;
  resolution: CloseInput | null;
  offer_suppression: boolean;
  watchers: PersonRef[];
  is_watching: boolean;
  links: { kind: LinkKind; is_incoming: boolean; ticket: TicketRef }[];
  members: TicketRef[];
  merge: { id: string; undo_until: string } | null;
  techniques: string[];
  tactics: string[];
  entities: Entity[];
}

export interface TicketComment {
  id: string;
  body_markdown: string;
  edited_at: string | null;
  version: number;
  /** User ids; in the text they are written `@[Name](user:<id>)`. */
  mentions: string[];
}

export interface Activity {
  id: string;
  occurred_at: string;
  actor: Actor;
  kind: string;
  detail: Record<string, unknown>;
  comment: TicketComment | null;
}

export interface Attachment {
  id: string;
  name: string;
  size_bytes: number;
  sha256: string;
  media_type: string;
  uploaded_by: PersonRef | null;
  created_at: string;
}

export interface CloseInput {
  verdict: Verdict;
  impact: Impact;
  reason: string;
}

export interface TicketChange {
  title?: string;
  description?: string | null;
  severity?: Level;
  stage?: 'new' | 'in_progress' | 'pending';
  status?: string | null;
  assignee_id?: string | null;
  tags?: string[];
}

export interface BulkChange {
  stage?: Stage;
  status?: string;
  assignee_id?: string | null;
  add_tags?: string[];
  remove_tags?: string[];
  severity?: Level;
  close?: CloseInput;
}

export interface BulkOutcome {
  changed: { id: string; version: number }[];
  failed: { id: string; code: string }[];
}

export interface NewTicket {
  organization_id: string;
  title: string;
  description?: string;
  severity: Level;
  asset_id?: string;
  source_ip?: string;
  destination_ip?: string;
  assignee_id?: string;
  tags?: string[];
}

export interface MergeOutcome {
  merge_id: string;
  survivor: Ticket;
  undo_until: string;
}

export interface SavedView {
  id: string;
  name: string;
  is_shared: boolean;
  query: string;
  is_default: boolean;
  owner_id: string;
  version: number;
}

// Assets
