import type * as m from './model';

/** Query values; lists travel comma separated, absent ones not at all. */
export type Query = Record<string, string | number | boolean | readonly string[] | null | undefined>;

interface Call<Response, Body = undefined> {
  response: Response;
  body: Body;
}

/** Every operation the application calls. The key is the method and the path below /api/v1. */
export interface Endpoints {
  'GET /session': Call<m.Me>;
  'POST /session': Call<m.Me, { email: string; password: string }>;
  'DELETE /session': Call<void>;
  'POST /session/password': Call<void, { current_password: string; new_password: string }>;
  'PATCH /session/preferences': Call<
    m.Me,
    { locale?: m.Locale | null; color_scheme?: m.ColorScheme; queue_columns?: string[] }
  >;
  'GET /session/list': Call<m.Items<m.SessionInfo>>;
  'DELETE /session/list/{id}': Call<void>;

  'GET /organizations': Call<m.Page<m.Organization>>;
  'POST /organizations': Call<m.Organization, { name: string; slug?: string }>;
  'PATCH /organizations/{id}': Call<m.Organization, { name: string }>;
  'GET /users': Call<m.Page<m.User>>;
  'POST /users': Call<
    { user: m.User; initial_password?: string },
    { email: string; display_name: string; memberships: m.Membership[]; password?: string }
  >;
  'PATCH /users/{id}': Call<m.User, { display_name?: string; is_active?: boolean; memberships?: m.Membership[] }>;
  'POST /users/{id}/reset-password': Call<{ initial_password: string }>;
  'GET /users/assignable': Call<m.Items<m.PersonRef>>;
  'GET /roles': Call<m.RoleMatrix>;
  'GET /audit': Call<m.Page<m.AuditRecord>>;

  'GET /sources': Call<m.Page<m.Source>>;
  'POST /sources': Call<
    { source: m.Source; token: string },
    { name: string; kind: m.SourceKind; organizations: m.SourceMapping[] }
  >;
  'PATCH /sources/{id}': Call<
    m.Source,
    {
      name?: string;
      is_enabled?: boolean;
      organizations?: m.SourceMapping[];
      zone_offset_minutes?: number | null;
      storm_limit?: number | null;
    }
  >;
  'DELETE /sources/{id}': Call<void>;
  'POST /sources/{id}/rotate-token': Call<{ token: string }>;
  'GET /quarantine': Call<m.Page<m.QuarantineItem>>;
  'GET /quarantine/{id}': Call<m.QuarantineDetail>;
  'POST /quarantine/{id}/replay': Call<unknown>;
  'POST /quarantine/{id}/discard': Call<void, { reason: string }>;
  'GET /intake/health': Call<m.IntakeHealth>;

  'GET /alerts': Call<m.Page<m.Alert>>;
  'GET /alerts/{id}': Call<m.AlertDetail>;
  'GET /alerts/{id}/raw': Call<m.Items<m.RawDelivery>>;
  'POST /alerts/{id}/acknowledge': Call<m.Alert>;
  'POST /alerts/{id}/promote': Call<m.TicketSummary>;
  'GET /alert-policies': Call<m.Page<m.AlertPolicy>>;
  'POST /alert-policies': Call<
    m.AlertPolicy,
    Pick<m.AlertPolicy, 'organization_id' | 'source_id' | 'rule_id' | 'action' | 'until' | 'reason'>
  >;
  'PATCH /alert-policies/{id}': Call<m.AlertPolicy, Partial<Pick<m.AlertPolicy, 'action' | 'until' | 'reason'>>>;
  'DELETE /alert-policies/{id}': Call<void>;

  'GET /tickets': Call<m.Page<m.TicketSummary>>;
  'GET /tickets/count': Call<{ count: number; is_exact: boolean }>;
  'POST /tickets': Call<m.Ticket, m.NewTicket>;
  'GET /tickets/{id}': Call<m.Ticket>;
  'PATCH /tickets/{id}': Call<m.Ticket, m.TicketChange>;
  'POST /tickets/{id}/claim': Call<m.Ticket>;
  'POST /tickets/{id}/resolve': Call<m.Ticket, m.CloseInput>;
  'POST /tickets/{id}/close': Call<m.Ticket, m.CloseInput>;
  'POST /tickets/{id}/reopen': Call<m.Ticket, { reason: string }>;
  'GET /tickets/{id}/activity': Call<m.Page<m.Activity>>;
  'POST /tickets/{id}/comments': Call<m.Activity, { body_markdown: string }>;
  'PATCH /tickets/{id}/comments/{comment_id}': Call<m.Activity, { body_markdown: string }>;
  'GET /tickets/{id}/alerts': Call<m.Page<m.Alert>>;
  'GET /tickets/{id}/similar': Call<m.Items<m.SimilarTicket>>;
  'GET /tickets/{id}/attachments': Call<m.Items<m.Attachment>>;
  'POST /tickets/{id}/attachments': Call<m.Attachment, FormData>;
  'DELETE /attachments/{id}': Call<void>;
  'PUT /tickets/{id}/watch': Call<void>;
  'DELETE /tickets/{id}/watch': Call<void>;
  'POST /tickets/{id}/links': Call<unknown, { kind: m.LinkKind; ticket_id: string }>;
  'DELETE /tickets/{id}/links/{ticket_id}': Call<void>;
  'POST /tickets/bulk': Call<m.BulkOutcome, { ids: string[]; change: m.BulkChange }>;
  'POST /tickets/merge': Call<m.MergeOutcome, { survivor_id: string; member_ids: string[] }>;
  'POST /tickets/{id}/split': Call<m.Ticket, { member_id: string }>;
  'POST /tickets/merges/{merge_id}/undo': Call<void>;
  'GET /tickets/{id}/raw': Call<m.Items<m.RawDelivery>>;
  'GET /views': Call<m.Page<m.SavedView>>;
  'POST /views': Call<m.SavedView, { name: string; is_shared: boolean; query: string; is_default: boolean }>;
  'PATCH /views/{id}': Call<m.SavedView, { name?: string; is_shared?: boolean; query?: string; is_default?: boolean }>;
  'DELETE /views/{id}': Call<void>;

  'GET /assets': Call<m.Page<m.Asset>>;
  'POST /assets': Call<m.Asset, Partial<m.AssetInput> & { organization_id: string; name: string }>;
  'GET /assets/{id}': Call<m.AssetDetail>;
  'PATCH /assets/{id}': Call<m.Asset, Partial<m.AssetInput>>;
  'DELETE /assets/{id}': Call<void>;
  'GET /assets/lookup': Call<{ asset: m.Asset; matched_prefix: string }>;
  'GET /assets/{id}/relations': Call<m.Items<m.AssetRelation>>;
  'POST /assets/{id}/relations': Call<m.AssetRelation, { kind: m.RelationKind; asset_id: string }>;
  'DELETE /assets/{id}/relations/{relation_id}': Call<void>;
  'POST /assets/import': Call<m.AssetImportOutcome, Blob>;

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
