-- Sources that deliver, the alerts they claim, the keys by which a delivery finds its alert, and what could not be read.

create table sources (
    id uuid primary key,
    name text not null,
    kind text not null check (kind in ('fortisiem', 'generic', 'syslog', 'platform')),
    is_enabled boolean not null default true,
    token_hash bytea not null,
    -- The last four characters, so that people can tell tokens apart.
    token_hint text not null,
    token_created_at timestamptz not null,
    -- Minutes east of UTC for times whose zone is ambiguous; null leaves them as text.
    zone_offset_minutes integer check (zone_offset_minutes between -840 and 840),
    -- Tickets per rule and hour beyond which one storm ticket gathers the rest.
    -- Null opens a ticket for each, however many.
    storm_limit integer default 30 check (storm_limit > 0),
    -- What a source of syslog is said to send; null lets the content tell.
    format text,
    -- Nothing heard for so long raises an alarm; null never does.
    silent_after_minutes integer check (silent_after_minutes between 1 and 43200),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    version integer not null default 1,
    constraint sources_token_key unique (token_hash)
);
create unique index sources_name_key on sources (lower(name));
create trigger sources_touch before update on sources for each row execute function touch_updated_at();
grant select, insert, update, delete on sources to cibercase_app;

-- The platform itself, for the alerts that are about it. No token has this hash, and since it maps no organization nobody
-- sees, changes or removes it.
insert into sources (id, name, kind, token_hash, token_hint, token_created_at)
    values ('00000000-0000-8000-8000-000000000001', 'CiberCase', 'platform', '', '', now());

-- Which organizations a source may write to. `match` is the payload's own organization text (lower-cased); null is
-- for payloads that name none. What is mapped to nothing goes to quarantine.
create table source_organizations (
    source_id uuid not null references sources (id) on delete cascade,
    match text,
    organization_id uuid not null references organizations (id),
    constraint source_organizations_key unique nulls not distinct (source_id, match)
);
call isolate_by_organization('source_organizations');

-- How many entries a source's mapping has, whoever asks: who does not see them all may not change the source.
create function mapping_sizes(sources uuid[]) returns table (source_id uuid, entries bigint)
    language plpgsql security definer set search_path = public, pg_temp as $$
declare
    before text := current_setting('cibercase.is_system', true);
begin
    perform set_config('cibercase.is_system', 'on', true);
    return query select entry.source_id, count(*) from source_organizations entry
        where entry.source_id = any(sources) group by entry.source_id;
    perform set_config('cibercase.is_system', before, true);
end $$;
revoke all on function mapping_sizes(uuid[]) from public;
grant execute on function mapping_sizes(uuid[]) to cibercase_app;

-- The networks from which a source of syslog sends. The longest prefix says who a sender is, so each stands once.
create table source_networks (
    network cidr not null,
    source_id uuid not null references sources (id) on delete cascade,
    constraint source_networks_key primary key (network)
);
create index source_networks_source on source_networks (source_id);
grant select, insert, update, delete on source_networks to cibercase_app;

-- Minute counts per source, kept for a day; the totals are their running sum.
create table source_minutes (
    source_id uuid not null references sources (id) on delete cascade,
    minute timestamptz not null,
    received integer not null default 0,
    primary key (source_id, minute)
);
grant select, insert, update, delete on source_minutes to cibercase_app;

create table source_counts (
    source_id uuid primary key references sources (id) on delete cascade,
    last_seen_at timestamptz,
    received bigint not null default 0,
    created bigint not null default 0,
    updated bigint not null default 0,
    duplicate bigint not null default 0,
    reopened bigint not null default 0,
    linked bigint not null default 0,
    suppressed bigint not null default 0,
    quarantined bigint not null default 0,
    -- Of the received log lines, those that no format fits; and lines that nobody could hold.
    unparsed bigint not null default 0,
    shed bigint not null default 0,
    -- Since when a source that should be heard is silent, as far as that was told.
    silent_since timestamptz
);
grant select, insert, update, delete on source_counts to cibercase_app;

-- No foreign keys on the ingest path: the writer knows the organization, the source and the ticket it has just made.
create table alerts (
    id uuid not null,
    organization_id uuid not null,
    source_id uuid,
    incident_id text,
    rule_id text not null,
    rule_name text not null,
    title text not null,
    severity smallint not null check (severity between 1 and 5),
    urgency smallint not null check (urgency between 1 and 5),
    urgency_terms jsonb not null,
    state text not null check (state in ('new', 'acknowledged', 'suppressed', 'closed')),
    source_state text not null check (source_state in ('active', 'cleared')),
    source_ip inet,
    destination_ip inet,
    asset_id uuid,
    -- What we received.
    deliveries integer not null default 1,
    -- The largest count a payload claimed.
    occurrences bigint not null default 1,
    event_at timestamptz,
    first_seen_at timestamptz not null,
    last_seen_at timestamptz not null,
    -- When a delivery last came, whatever time it claimed: quiet hours are ours.
    last_received_at timestamptz not null,
    -- When the source last said it is over; the next firing is news.
    cleared_at timestamptz,
    ticket_id uuid,
    why_grouped text not null,
    -- The rest of what was read, for the alert's own page: entries, description, techniques, problems.
    notification jsonb not null,
    version integer not null default 1,
    primary key (organization_id, id)
) partition by range (id);
create table alerts_default partition of alerts default;
create index alerts_ticket on alerts (organization_id, ticket_id, id);
create index alerts_rule on alerts (organization_id, rule_id, id);
insert into partitioned_tables values ('alerts', '1 month', 2, null);
call isolate_by_organization('alerts', 'select, insert, update');

-- What an alert's deliveries amount to, appended by every batch that only repeats it: rewriting the alert's wide row each
-- time would pile up dead versions of it, as many as come while anybody holds a snapshot. Every row says the whole
-- amount; the alert takes the latest over within a second: see docs/decisions on repeats.
create table alert_counts (
    id uuid not null,
    xact xid8 not null default pg_current_xact_id(),
    organization_id uuid not null,
    alert_id uuid not null,
    deliveries integer not null,
    occurrences bigint not null,
    first_seen_at timestamptz not null,
    last_seen_at timestamptz not null,
    last_received_at timestamptz not null
) partition by range (id);
create table alert_counts_default partition of alert_counts default;
create index alert_counts_latest on alert_counts (organization_id, alert_id, deliveries);
create index alert_counts_xact on alert_counts (xact);
insert into partitioned_tables values ('alert_counts', '1 day', 1, '3 days');
call isolate_by_organization('alert_counts', 'select, insert');

-- Everything of transactions before this one was taken over by the alerts.
create table alert_counts_taken (
    is_only boolean primary key default true check (is_only),
    until xid8 not null
);
insert into alert_counts_taken (until) values ('0');
grant select, update on alert_counts_taken to cibercase_app;

-- What alerts of these tickets have not yet taken over, and their tickets not from them.
create function pending_alert_counts(organization uuid, tickets uuid[])
    returns table (occurrences bigint, last_seen_at timestamptz) language sql stable
    as $$
        select least(coalesce(sum(greatest(latest.occurrences - alert.occurrences, 0)), 0), 9007199254740991)::bigint,
               max(latest.last_seen_at)
        from (select alert_id, max(occurrences) as occurrences, max(last_seen_at) as last_seen_at
              -- In this order and limited, so that it is read by its index, however much was taken over before.
              from (select * from alert_counts
                    where organization_id = organization and xact >= (select until from alert_counts_taken)
                    order by xact limit 100000) as untaken
              group by alert_id) as latest
        join alerts alert on alert.organization_id = organization and alert.id = latest.alert_id
        where alert.ticket_id = any (tickets)
    $$;

-- What finds an alert again: 16-byte digests of the delivery, the incident and the recurrence. A table of its own
-- because a unique constraint on a partitioned table would have to hold the partition key.
create table alert_keys (
    organization_id uuid not null,
    key uuid not null,
    alert_id uuid not null,
    primary key (organization_id, key)
);
call isolate_by_organization('alert_keys');

-- Raw bytes as they came; never part of a list.
create table alert_payloads (
    id uuid not null,
    organization_id uuid not null,
    alert_id uuid not null,
    content_type text,
    body bytea not null
) partition by range (id);
create table alert_payloads_default partition of alert_payloads default;
create index alert_payloads_alert on alert_payloads (organization_id, alert_id, id);
insert into partitioned_tables values ('alert_payloads', '1 month', 2, null);
call isolate_by_organization('alert_payloads', 'select, insert');

-- What happens next, per source and rule. The most particular one holds.
create table alert_policies (
    id uuid primary key,
    organization_id uuid not null references organizations (id),
    source_id uuid references sources (id) on delete cascade,
    rule_id text,
    action text not null check (action in ('ticket', 'alert_only', 'suppress')),
    until timestamptz,
    reason text not null,
    created_by uuid,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    version integer not null default 1,
    hits bigint not null default 0,
    constraint alert_policies_key unique nulls not distinct (organization_id, source_id, rule_id),
    constraint alert_policies_until check (action <> 'suppress' or until is not null)
);
create trigger alert_policies_touch before update on alert_policies for each row execute function touch_updated_at();
call isolate_by_organization('alert_policies');

-- Tickets opened per rule and hour, and the storm ticket that gathers the rest.
create table rule_hours (
    organization_id uuid not null,
    source_id uuid not null,
    rule_id text not null,
    hour timestamptz not null,
    tickets integer not null default 0,
    storm_ticket_id uuid,
    primary key (organization_id, source_id, rule_id, hour)
);
call isolate_by_organization('rule_hours');

-- Deliveries that could not be taken: kept as they came, shown, replayable.
create table quarantine (
    id uuid primary key,
    source_id uuid not null references sources (id) on delete cascade,
    received_at timestamptz not null,
    reason_code text not null,
    reason text not null,
    position jsonb,
    content_type text,
    body bytea not null,
    state text not null default 'held' check (state in ('held', 'replayed', 'discarded')),
    settled_at timestamptz,
    settled_by uuid,
    settled_reason text,
    -- The organizations that the source served then: a source narrowed since hides what it held of the others.
    organizations uuid[] not null default '{}'
);
create index quarantine_page on quarantine (state, id);
create index quarantine_source on quarantine (source_id, id);
grant select, insert, update on quarantine to cibercase_app;
