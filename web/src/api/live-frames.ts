import type { Level, Stage } from './model';

// What travels over the WebSocket, which OpenAPI does not describe.

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
