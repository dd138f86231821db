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
    -- A ticket made by hand was seen when it was made.
    first_seen_at timestamptz not null,
    last_seen_at timestamptz not null,
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
    -- The ticket this one was merged into: then it is closed, and its own history rests.
    merged_into uuid,
    is_merged boolean not null generated always as (merged_into is not null) stored,
    -- Folded words of title, description, rule, addresses, asset, references, tags and comments, and one word per
    -- facet (`=rule:...`, `=ip:...`): see docs/decisions on search under row-level security.
    terms tsvector not null,
    -- Counts what people change; what arrives from sources leaves it alone, or nobody could edit during a storm.
    version integer not null default 1,
    primary key (organization_id, id),
    constraint tickets_reference_key unique (organization_id, reference),
    constraint tickets_merged_are_closed check (merged_into is null or stage = 'closed')
);
-- The queue. Every stage and severity is a short scan in order, so that filters on both cost nothing.
create index tickets_queue on tickets (organization_id, is_merged, stage, severity, urgency_score, id);
create index tickets_last_seen on tickets (organization_id, last_seen_at, id);
-- The rest is partial: a ticket that has just arrived is in none of these.
create index tickets_past_new on tickets (organization_id, stage, id) where stage <> 'new';
create index tickets_assigned on tickets (organization_id, assignee_id, is_merged, stage, severity, urgency_score, id)
    where assignee_id is not null;
create index tickets_assigned_by_age on tickets (organization_id, assignee_id, id) where assignee_id is not null;
create index tickets_unassigned on tickets (organization_id, is_merged, stage, severity, urgency_score, id)
    where assignee_id is null and stage <> 'new';
create index tickets_members on tickets (organization_id, merged_into) where merged_into is not null;
create index tickets_acknowledged on tickets (organization_id, acknowledged_at) include (created_at, is_merged) where acknowledged_at is not null;
create index tickets_resolved on tickets (organization_id, resolved_at) include (created_at, verdict, is_merged) where resolved_at is not null;
-- A word index for every severity. Words follow the rule, and so the severity; what else makes urgency does not. So within a
-- severity a frequent word is found everywhere in the order, and where it is missing its index says so at no cost.
-- A long pending list would be read by every search: it is kept short.
create index tickets_terms_critical on tickets using gin (terms) with (gin_pending_list_limit = 256) where severity = 5;
create index tickets_terms_high on tickets using gin (terms) with (gin_pending_list_limit = 256) where severity = 4;
create index tickets_terms_medium on tickets using gin (terms) with (gin_pending_list_limit = 256) where severity = 3;
create index tickets_terms_low on tickets using gin (terms) with (gin_pending_list_limit = 256) where severity = 2;
create index tickets_terms_informational on tickets using gin (terms) with (gin_pending_list_limit = 256) where severity = 1;
-- Words are compared row by row when the newest rows are probed: they stay in the row.
alter table tickets alter column terms set storage main;
create trigger tickets_touch before update on tickets for each row execute function touch_updated_at();
call isolate_by_organization('tickets', 'select, insert, update');
-- The owner searches the word index on behalf of the caller, in the one function below; the application's role never does.
alter table tickets no force row level security;

-- What a ticket's state adds to its words, so that the word index alone answers a word together with a state: stage,
-- severity, the urgency's score, verdict, status, merged or not, and the month and the day it was made.
create function ticket_state_words(
        stage text, severity smallint, score smallint, verdict text, status_key text, is_merged boolean, id uuid)
    returns text[] language plpgsql immutable parallel safe as $$
declare
    steps constant text[] := '{informational,low,medium,high,critical}';
    -- Lists by creation are in the order of ids, whose first 48 bits are the milliseconds since 1970 (RFC 9562).
    day text := to_char(to_timestamp(('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint / 1000.0)
                        at time zone 'UTC', 'YYYYMMDD');
begin
    return array_remove(array[
        '=stage:' || stage, '=s:' || steps[severity], '=u:' || score,
        '=verdict:' || verdict, '=status:' || status_key, case when is_merged then '=merged' end,
        '=m:' || left(day, -2), '=d:' || day], null);
end $$;

-- Whoever changes a ticket, its words follow.
create function keep_ticket_state_words() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' then
        new.terms := ts_delete(new.terms, ticket_state_words(old.stage, old.severity, old.urgency_score,
            old.verdict, old.status_key, old.merged_into is not null, old.id));
    end if;
    new.terms := new.terms || array_to_tsvector(ticket_state_words(new.stage, new.severity, new.urgency_score,
        new.verdict, new.status_key, new.merged_into is not null, new.id));
    return new;
end $$;
create trigger tickets_state_words_new before insert on tickets
    for each row execute function keep_ticket_state_words();
create trigger tickets_state_words_changed before update on tickets
    for each row when (
        old.stage <> new.stage or old.severity <> new.severity or old.urgency_score <> new.urgency_score
        or old.verdict is distinct from new.verdict or old.status_key is distinct from new.status_key
        or old.merged_into is distinct from new.merged_into or old.terms <> new.terms)
    execute function keep_ticket_state_words();

-- Up to `most` tickets of the caller's organizations that have the words, of one severity or of all. A text comparison
-- may not reach an index under row-level security, for it could tell of rows it must not see; so the owner looks, and
-- compares the organizations itself. It answers what lists are sorted and narrowed by; the rows themselves are read
-- again under row-level security.
--
-- Planned once for all questions, so never by the rows one question is thought to find; and what a beginning of a word
-- fits has to be remembered row by row, not page by page.
create function search_tickets(query tsquery, most integer, of_severity smallint default null)
    returns table (organization_id uuid, id uuid, is_merged boolean, stage text, status_key text, severity smallint,
                   urgency smallint, urgency_score smallint, assignee_id uuid, verdict text, last_seen_at timestamptz)
    language plpgsql stable security definer parallel safe rows 1000 set search_path = public, pg_temp
    set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_indexscan = off set work_mem = '32MB'
    as $$
declare
    organizations constant uuid[] := current_organizations();
begin
    return query
            (select ticket.organization_id, ticket.id, ticket.is_merged, ticket.stage, ticket.status_key, ticket.severity,
                    ticket.urgency, ticket.urgency_score, ticket.assignee_id, ticket.verdict, ticket.last_seen_at
             from tickets ticket
             where ticket.severity = 5 and (of_severity is null or of_severity = 5)
               and ticket.terms @@ query and ticket.organization_id = any (organizations))
            union all
            (select ticket.organization_id, ticket.id, ticket.is_merged, ticket.stage, ticket.status_key, ticket.severity,
                    ticket.urgency, ticket.urgency_score, ticket.assignee_id, ticket.verdict, ticket.last_seen_at
             from tickets ticket
             where ticket.severity = 4 and (of_severity is null or of_severity = 4)
               and ticket.terms @@ query and ticket.organization_id = any (organizations))
            union all
            (select ticket.organization_id, ticket.id, ticket.is_merged, ticket.stage, ticket.status_key, ticket.severity,
                    ticket.urgency, ticket.urgency_score, ticket.assignee_id, ticket.verdict, ticket.last_seen_at
             from tickets ticket
             where ticket.severity = 3 and (of_severity is null or of_severity = 3)
               and ticket.terms @@ query and ticket.organization_id = any (organizations))
            union all
            (select ticket.organization_id, ticket.id, ticket.is_merged, ticket.stage, ticket.status_key, ticket.severity,
                    ticket.urgency, ticket.urgency_score, ticket.assignee_id, ticket.verdict, ticket.last_seen_at
             from tickets ticket
             where ticket.severity = 2 and (of_severity is null or of_severity = 2)
               and ticket.terms @@ query and ticket.organization_id = any (organizations))
            union all
            (select ticket.organization_id, ticket.id, ticket.is_merged, ticket.stage, ticket.status_key, ticket.severity,
                    ticket.urgency, ticket.urgency_score, ticket.assignee_id, ticket.verdict, ticket.last_seen_at
             from tickets ticket
             where ticket.severity = 1 and (of_severity is null or of_severity = 1)
               and ticket.terms @@ query and ticket.organization_id = any (organizations))
            limit least(most, 20001);
end $$;
revoke all on function search_tickets(tsquery, integer, smallint) from public;
grant execute on function search_tickets(tsquery, integer, smallint) to cibercase_app;

-- About how many tickets of all organizations have the words, as statistics tell without looking at any. Lists choose by
-- it where to look first; nobody is shown it.
create function expected_tickets(query tsquery) returns double precision
    language plpgsql strict security definer set search_path = public, pg_temp as $$
declare
    plan json;
begin
    execute format('explain (format json) select from tickets where terms @@ %L::tsquery', query) into plan;
    return plan -> 0 -> 'Plan' ->> 'Plan Rows';
end $$;
revoke all on function expected_tickets(tsquery) from public;
grant execute on function expected_tickets(tsquery) to cibercase_app;

create table ticket_statuses (
    organization_id uuid not null references organizations (id),
    key text not null,
    label text not null,
    stage text not null check (stage in ('new', 'in_progress', 'pending', 'resolved', 'closed')),
    position integer not null default 0,
    version integer not null default 1,
    constraint ticket_statuses_pkey primary key (organization_id, key)
);
call isolate_by_organization('ticket_statuses');

-- What happened to a ticket, in order. A comment is an activity whose text can be edited.
create table ticket_activity (
    id uuid not null,
    organization_id uuid not null,
    ticket_id uuid not null,
    actor_kind text not null check (actor_kind in ('user', 'service', 'source', 'system')),
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
    -- The survivor's counts and times as they were, and its version just after.
    survivor_was jsonb not null,
    survivor_version integer not null,
    undone_at timestamptz
);
create index ticket_merges_survivor on ticket_merges (organization_id, survivor_id, merged_at desc);
call isolate_by_organization('ticket_merges');

create table ticket_merge_members (
    merge_id uuid not null references ticket_merges (id) on delete cascade,
    organization_id uuid not null,
    member_id uuid not null,
    -- The member as it was: stage, status, assignee, times, verdict. Its alerts stay its own.
    was jsonb not null,
    member_version integer not null,
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
    created_at timestamptz not null,
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
create unique index ticket_views_default on ticket_views (owner_id) where is_default;
create index ticket_views_shared on ticket_views (organization_id) where is_shared;
call isolate_by_organization('ticket_views');
