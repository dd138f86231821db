/**
 * The nouns of the API, written by hand from its contract. When the generated
 * types arrive this file becomes a list of aliases and nothing else changes.
 */

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

export interface UserPreferences {
  queue_columns?: string[];
  [key: string]: unknown;
}

export interface Me {
  user: {
    id: string;
    email: string;
    display_name: string;
    locale: Locale | null;
    color_scheme: ColorScheme | null;
    preferences: UserPreferences;
  };
  must_change_password: boolean;
  permissions: Record<string, string[]>;
  organizations: OrganizationRef[];
  roles: { organization_id: string | null; role: string }[];
  session: { id: string; created_at: string; expires_at: string; idle_expires_at: string };
}

export interface OrganizationRef {
  id: string;
  name: string;
  slug: string;
}

export interface Organization extends OrganizationRef {
  created_at: string;
  version: number;
}

export interface SessionInfo {
  id: string;
  created_at: string;
  last_seen_at: string;
  ip: string | null;
  user_agent: string | null;
  is_current: boolean;
}

export interface Membership {
  organization_id: string | null;
  organization_name?: string | null;
  role: string;
}

export interface User {
  id: string;
  email: string;
  display_name: string;
  is_active: boolean;
  must_change_password: boolean;
  last_sign_in_at: string | null;
  memberships: Membership[];
  version: number;
}

export interface PersonRef {
  id: string;
  display_name: string;
  email?: string;
}

export interface Role {
  name: string;
  description: string;
  permissions: string[];
  restrictions: string[];
}

export interface RoleMatrix {
  items: Role[];
  permissions: string[];
}

export interface Actor {
  kind: 'user' | 'source' | 'system';
  id: string | null;
  name: string;
}

export interface AuditRecord {
  id: string;
  occurred_at: string;
  organization_id: string | null;
  actor: Actor;
  action: string;
  object: { kind: string; id: string | null; reference?: string | null };
  detail: Record<string, unknown>;
  ip: string | null;
  request_id: string | null;
}

// Intake

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

export type AlertState = 'new' | 'acknowledged' | 'suppressed' | 'closed';

export interface Alert {
  id: string;
  organization_id: string;
  source_id: string | null;
  source_name: string | null;
  incident_id: string | null;
  rule_id: string | null;
  rule_name: string | null;
  title: string;
  severity: Level;
  urgency: Level;
  state: AlertState;
  source_state: 'active' | 'cleared';
  source_ip: string | null;
  destination_ip: string | null;
  asset: AssetRef | null;
  techniques: string[];
  tactics: string[];
  deliveries: number;
  occurrences: number;
  first_seen_at: string;
  last_seen_at: string;
  created_at: string;
  ticket: TicketLink | null;
  why_grouped: string | null;
}

export interface AlertDetail extends Alert {
  description: string | null;
  remediation: string | null;
  category: string | null;
  sources: Entry[];
  targets: Entry[];
  details: Entry[];
  raw_events: string[];
  problems: string[];
  urgency_terms: UrgencyTerm[];
  device: string | null;
}

export interface RawDelivery {
  alert_id?: string;
  received_at: string;
  content_type: string | null;
  size_bytes: number;
  body_text: string;
}

export interface AlertPolicy {
  id: string;
  organization_id: string;
  source_id: string | null;
  rule_id: string | null;
  action: 'ticket' | 'alert_only' | 'suppress';
  until: string | null;
  reason: string;
  created_by: PersonRef | string | null;
  created_at: string;
  version: number;
  hits: number;
}

// Tickets

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

export type AssetKind =
  | 'server'
  | 'workstation'
  | 'network'
  | 'firewall'
  | 'database'
  | 'application'
  | 'cloud'
  | 'iot'
  | 'mobile'
  | 'other';
export type AssetState = 'planned' | 'active' | 'retired';
export type RelationKind = 'depends_on' | 'runs_on' | 'connects_to' | 'part_of';

export interface Asset {
  id: string;
  organization_id: string;
  name: string;
  kind: AssetKind;
  criticality: Criticality;
  state: AssetState;
  owner: string | null;
  department: string | null;
  description: string | null;
  is_internet_facing: boolean;
  addresses: string[];
  hostnames: string[];
  tags: string[];
  version: number;
  created_at: string;
  updated_at: string;
}

export interface AssetRelation {
  id: string;
  kind: RelationKind;
  direction?: 'outgoing' | 'incoming';
  asset: AssetRef;
}

export interface AssetDetail extends Asset {
  relations: AssetRelation[];
  open_tickets: number;
}

export type AssetInput = Omit<Asset, 'id' | 'version' | 'created_at' | 'updated_at'>;

export interface AssetImportOutcome {
  rows?: number;
  creates?: number;
  updates?: number;
  errors?: { row: number; column: string | null; message: string }[];
  error_count?: number;
  ignored_columns?: string[];
  preview?: { row: number; action: 'create' | 'update' | 'unchanged' | 'skip'; asset: Asset }[];
  created?: number;
  updated?: number;
  unchanged?: number;
  skipped?: number;
}

// Dashboard

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
