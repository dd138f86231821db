// Alerts and their policies, as the API tells of them.

import type { AssetRef, Entry, Level, TicketLink, UrgencyTerm } from '@/api/model';
import type { PersonRef } from '@/api/models/people';

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
