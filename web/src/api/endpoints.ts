import type * as m from './model';
import type * as alerts from './models/alerts';
import type * as assets from './models/assets';
import type * as intake from './models/intake';
import type * as people from './models/people';
import type * as tickets from './models/tickets';

/** Query values; lists travel comma separated, absent ones not at all. */
export type Query = Record<string, string | number | boolean | readonly string[] | null | undefined>;

interface Call<Response, Body = undefined> {
  response: Response;
  body: Body;
}

/** Every operation the application calls. The key is the method and the path below /api/v1. */
export interface Endpoints {
  'GET /session': Call<people.Me>;
  'POST /session': Call<people.Me, { email: string; password: string }>;
  'DELETE /session': Call<void>;
  'POST /session/password': Call<void, { current_password: string; new_password: string }>;
  'PATCH /session/preferences': Call<
    people.Me,
    { locale?: m.Locale | null; color_scheme?: m.ColorScheme; queue_columns?: string[] }
  >;
  'GET /session/list': Call<m.Items<people.SessionInfo>>;
  'DELETE /session/list/{id}': Call<void>;

  'GET /organizations': Call<m.Page<people.Organization>>;
  'POST /organizations': Call<people.Organization, { name: string; slug?: string }>;
  'PATCH /organizations/{id}': Call<people.Organization, { name: string }>;
  'GET /users': Call<m.Page<people.User>>;
  'POST /users': Call<
    { user: people.User; initial_password?: string },
    { email: string; display_name: string; memberships: people.Membership[]; password?: string }
  >;
  'PATCH /users/{id}': Call<
    people.User,
    { display_name?: string; is_active?: boolean; memberships?: people.Membership[] }
  >;
  'POST /users/{id}/reset-password': Call<{ initial_password: string }>;
  'GET /users/assignable': Call<m.Items<people.PersonRef>>;
  'GET /roles': Call<people.RoleMatrix>;
  'GET /audit': Call<m.Page<people.AuditRecord>>;

  'GET /sources': Call<m.Page<intake.Source>>;
  'POST /sources': Call<
    { source: intake.Source; token: string },
    { name: string; kind: intake.SourceKind; organizations: intake.SourceMapping[] }
  >;
  'PATCH /sources/{id}': Call<
    intake.Source,
    {
      name?: string;
      is_enabled?: boolean;
      organizations?: intake.SourceMapping[];
      zone_offset_minutes?: number | null;
      storm_limit?: number | null;
    }
  >;
  'DELETE /sources/{id}': Call<void>;
  'POST /sources/{id}/rotate-token': Call<{ token: string }>;
  'GET /quarantine': Call<m.Page<intake.QuarantineItem>>;
  'GET /quarantine/{id}': Call<intake.QuarantineDetail>;
  'POST /quarantine/{id}/replay': Call<unknown>;
  'POST /quarantine/{id}/discard': Call<void, { reason: string }>;
  'GET /intake/health': Call<intake.IntakeHealth>;

  'GET /alerts': Call<m.Page<alerts.Alert>>;
  'GET /alerts/{id}': Call<alerts.AlertDetail>;
  'GET /alerts/{id}/raw': Call<m.Items<alerts.RawDelivery>>;
  'POST /alerts/{id}/acknowledge': Call<alerts.Alert>;
  'POST /alerts/{id}/promote': Call<tickets.TicketSummary>;
  'GET /alert-policies': Call<m.Page<alerts.AlertPolicy>>;
  'POST /alert-policies': Call<
    alerts.AlertPolicy,
    Pick<alerts.AlertPolicy, 'organization_id' | 'source_id' | 'rule_id' | 'action' | 'until' | 'reason'>
  >;
  'PATCH /alert-policies/{id}': Call<
    alerts.AlertPolicy,
    Partial<Pick<alerts.AlertPolicy, 'action' | 'until' | 'reason'>>
  >;
  'DELETE /alert-policies/{id}': Call<void>;

  'GET /tickets': Call<m.Page<tickets.TicketSummary>>;
  'GET /tickets/count': Call<{ count: number; is_exact: boolean }>;
  'POST /tickets': Call<tickets.Ticket, tickets.NewTicket>;
  'GET /tickets/{id}': Call<tickets.Ticket>;
  'PATCH /tickets/{id}': Call<tickets.Ticket, tickets.TicketChange>;
  'POST /tickets/{id}/claim': Call<tickets.Ticket>;
  'POST /tickets/{id}/resolve': Call<tickets.Ticket, tickets.CloseInput>;
  'POST /tickets/{id}/close': Call<tickets.Ticket, tickets.CloseInput>;
  'POST /tickets/{id}/reopen': Call<tickets.Ticket, { reason: string }>;
  'GET /tickets/{id}/activity': Call<m.Page<tickets.Activity>>;
  'POST /tickets/{id}/comments': Call<tickets.Activity, { body_markdown: string }>;
  'PATCH /tickets/{id}/comments/{comment_id}': Call<tickets.Activity, { body_markdown: string }>;
  'GET /tickets/{id}/alerts': Call<m.Page<alerts.Alert>>;
  'GET /tickets/{id}/similar': Call<m.Items<tickets.SimilarTicket>>;
  'GET /tickets/{id}/attachments': Call<m.Items<tickets.Attachment>>;
  'POST /tickets/{id}/attachments': Call<tickets.Attachment, FormData>;
  'DELETE /attachments/{id}': Call<void>;
  'PUT /tickets/{id}/watch': Call<void>;
  'DELETE /tickets/{id}/watch': Call<void>;
  'POST /tickets/{id}/links': Call<unknown, { kind: tickets.LinkKind; ticket_id: string }>;
  'DELETE /tickets/{id}/links/{ticket_id}': Call<void>;
  'POST /tickets/bulk': Call<tickets.BulkOutcome, { ids: string[]; change: tickets.BulkChange }>;
  'POST /tickets/merge': Call<tickets.MergeOutcome, { survivor_id: string; member_ids: string[] }>;
  'POST /tickets/{id}/split': Call<tickets.Ticket, { member_id: string }>;
  'POST /tickets/merges/{merge_id}/undo': Call<void>;
  'GET /tickets/{id}/raw': Call<m.Items<alerts.RawDelivery>>;
  'GET /views': Call<m.Page<tickets.SavedView>>;
  'POST /views': Call<tickets.SavedView, { name: string; is_shared: boolean; query: string; is_default: boolean }>;
  'PATCH /views/{id}': Call<
    tickets.SavedView,
    { name?: string; is_shared?: boolean; query?: string; is_default?: boolean }
  >;
  'DELETE /views/{id}': Call<void>;

  'GET /assets': Call<m.Page<assets.Asset>>;
  'POST /assets': Call<assets.Asset, Partial<assets.AssetInput> & { organization_id: string; name: string }>;
  'GET /assets/{id}': Call<assets.AssetDetail>;
  'PATCH /assets/{id}': Call<assets.Asset, Partial<assets.AssetInput>>;
  'DELETE /assets/{id}': Call<void>;
  'GET /assets/lookup': Call<{ asset: assets.Asset; matched_prefix: string }>;
  'GET /assets/{id}/relations': Call<m.Items<assets.AssetRelation>>;
  'POST /assets/{id}/relations': Call<assets.AssetRelation, { kind: assets.RelationKind; asset_id: string }>;
  'DELETE /assets/{id}/relations/{relation_id}': Call<void>;
  'POST /assets/import': Call<assets.AssetImportOutcome, Blob>;

  'GET /dashboard': Call<m.Dashboard>;
  'GET /notices': Call<m.Page<m.Notice>>;
  'GET /notices/count': Call<{ unread: number }>;
  'POST /notices/read': Call<unknown, { ids?: string[] }>;
  'POST /live/tickets': Call<{ ticket: string; expires_in: number }>;
}

export type Operation = keyof Endpoints;

type ParamNames<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | ParamNames<Rest>
  : never;

type PathOption<Op extends Operation> = [ParamNames<Op>] extends [never]
  ? { path?: undefined }
  : { path: Record<ParamNames<Op>, string> };

type BodyOption<Op extends Operation> = Endpoints[Op]['body'] extends undefined
  ? { body?: undefined }
  : { body: Endpoints[Op]['body'] };

export type CallOptions<Op extends Operation> = PathOption<Op> &
  BodyOption<Op> & {
    query?: Query;
    /** Sent as If-Match; a stale one answers 412 and nothing is overwritten. */
    version?: number;
    signal?: AbortSignal;
  };
