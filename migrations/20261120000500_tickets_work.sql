-- The unit of work in the queue, and what people do with it.

create table tickets (
    id uuid not null,
    organization_id uuid not null,
    reference text not null,
    title text not null,
    description text,
    stage text not null check (stage in ('new', 'in_progress', 'pending', 'resolved', 'closed')),
    -- A status the organization named within the stage.
    status_key text,
    severity smallint not null check (severity between 1 and 5),
    urgency smallint not null check (urgency between 1 and 5),
    urgency_score smallint not null,
    urgency_terms jsonb not null,
    assignee_id uuid,
    source_id uuid,
    incident_id text,
    rule_id text,
    rule_name text,
    source_ip inet,
    destination_ip inet,
    asset_id uuid,
    alert_count integer not null default 0,
    occurrences bigint not null default 0,
    first_seen_at timestamptz,
    last_seen_at timestamptz,
    created_by uuid,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    acknowledged_at timestamptz,
    resolved_at timestamptz,
    closed_at timestamptz,
    verdict text check (verdict in ('true_positive', 'benign_positive', 'false_positive', 'undetermined', 'duplicate')),
    impact text check (impact in ('none', 'low', 'medium', 'high')),
    reason text,
    -- A false positive fired again: the page offers a suppression.
    offers_suppression boolean not null default false,
    is_storm boolean not null default false,
    tags text[] not null default '{}',
    merged_into uuid,
    -- Folded words of title, rule, addresses, asset, source reference and comments.
    terms tsvector not null,
    version integer not null default 1,
    primary key (organization_id, id),
    constraint tickets_reference_key unique (organization_id, reference)
);
create index tickets_by_urgency on tickets (organization_id, urgency_score, id) where merged_into is null;
create index tickets_by_severity on tickets (organization_id, severity, id) where merged_into is null;
create index tickets_by_last_seen on tickets (organization_id, last_seen_at, id) where merged_into is null;
create index tickets_past_new on tickets (organization_id, stage, id) where stage <> 'new';
create index tickets_assigned on tickets (organization_id, assignee_id, id) where assignee_id is not null;
create index tickets_members on tickets (organization_id, merged_into) where merged_into is not null;
create index tickets_terms on tickets using gin (terms);
create trigger tickets_touch before update on tickets for each row execute function touch_updated_at();
call isolate_by_organization('tickets', 'select, insert, update');

create table ticket_statuses (
    organization_id uuid not null references organizations (id),
    key text not null,
    label text not null,
    stage text not null check (stage in ('new', 'in_progress', 'pending', 'resolved', 'closed')),
    position integer not null default 0,
    primary key (organization_id, key)
);
call isolate_by_organization('ticket_statuses');

-- What happened to a ticket, in order. A comment is an activity whose text can be edited.
create table ticket_activity (
    id uuid not null,
    organization_id uuid not null,
    ticket_id uuid not null,
    actor_kind text not null check (actor_kind in ('user', 'source', 'system')),
    actor_id uuid,
    actor_name text not null,
    kind text not null,
    detail jsonb,
    comment_markdown text,
    comment_edited_at timestamptz,
    comment_version integer,
    primary key (organization_id, ticket_id, id)
) partition by range (id);
create table ticket_activity_default partition of ticket_activity default;
insert into partitioned_tables values ('ticket_activity', '1 month', 2, null);
call isolate_by_organization('ticket_activity', 'select, insert, update');

create table ticket_watchers (
    organization_id uuid not null,
    ticket_id uuid not null,
    user_id uuid not null references users (id),
    primary key (ticket_id, user_id)
);
call isolate_by_organization('ticket_watchers');

create table ticket_links (
    organization_id uuid not null,
    ticket_id uuid not null,
    kind text not null check (kind in ('related', 'duplicate_of', 'caused_by', 'recurrence_of')),
    other_ticket_id uuid not null,
    created_at timestamptz not null default now(),
    primary key (organization_id, ticket_id, other_ticket_id),
    check (ticket_id <> other_ticket_id)
);
create index ticket_links_other on ticket_links (organization_id, other_ticket_id);
call isolate_by_organization('ticket_links');

-- A merge remembers what every member was, so that a split or an undo restores it.
create table ticket_merges (
    id uuid primary key,
    organization_id uuid not null,
    survivor_id uuid not null,
    merged_by uuid not null,
    merged_at timestamptz not null,
    survivor_version integer not null,
    undone_at timestamptz
);
create index ticket_merges_survivor on ticket_merges (organization_id, survivor_id, merged_at desc);
call isolate_by_organization('ticket_merges');

create table ticket_merge_members (
    merge_id uuid not null references ticket_merges (id) on delete cascade,
    organization_id uuid not null,
    member_id uuid not null,
    -- The member as it was: stage, status, assignee, verdict, version.
    was jsonb not null,
    -- Alerts the member had when it was merged: a split takes these back.
    alert_ids uuid[] not null,
    split_at timestamptz,
    primary key (merge_id, member_id)
);
create index ticket_merge_members_member on ticket_merge_members (organization_id, member_id);
call isolate_by_organization('ticket_merge_members');

-- Bytes lie in files under generated names; this is what is known of them.
create table attachments (
    id uuid primary key,
    organization_id uuid not null,
    ticket_id uuid not null,
    name text not null,
    media_type text not null,
    size_bytes bigint not null,
    sha256 bytea not null,
    uploaded_by uuid not null references users (id),
    created_at timestamptz not null default now(),
    deleted_at timestamptz
);
create index attachments_ticket on attachments (organization_id, ticket_id, id);
call isolate_by_organization('attachments');

-- Saved queues: a name for the filters in the URL.
create table ticket_views (
    id uuid primary key,
    organization_id uuid not null references organizations (id),
    owner_id uuid not null references users (id),
    name text not null,
    query text not null,
    is_shared boolean not null default false,
    is_default boolean not null default false,
    version integer not null default 1,
    constraint ticket_views_name_key unique (owner_id, organization_id, name)
);
call isolate_by_organization('ticket_views');
