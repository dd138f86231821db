-- Recent log records, found by time, address, host, user and text, and let go a day at a time.

-- What was received is kept once, as text; fields and OCSF are read from it again when somebody looks. The columns are what
-- people search by. Ids carry the time of receipt: a range of ids is a range of time and of partitions.
-- No foreign keys and no checks on the ingest path: the writer knows what it writes.
create table events (
    id uuid not null,
    organization_id uuid not null,
    source_id uuid not null,
    -- When the sender says it happened; null when it says nothing readable.
    event_at timestamptz,
    sender inet not null,
    source_ip inet,
    source_port integer,
    destination_ip inet,
    destination_port integer,
    -- Folded of case and accents, as they are looked for; as written only where that differs.
    user_key text collate "C",
    user_name text,
    host_key text collate "C",
    host_name text,
    action text collate "C",
    -- OCSF's severity_id.
    severity smallint not null,
    rule_name text collate "C",
    event_code text collate "C",
    device text collate "C",
    product text collate "C",
    format text collate "C" not null,
    -- Why it could not be read; null when it could.
    unparsed text collate "C",
    -- The detection rules that it matched; null for none.
    rules uuid[],
    raw text collate "C" not null,
    -- As it came, only where the text is not the same bytes.
    raw_bytes bytea,
    primary key (organization_id, id)
) partition by range (id);
create table events_default partition of events default;
-- A value's events in their order: rare and frequent ones are both found at once. Compared by operators that are
-- leakproof, so that row-level security lets them reach the index.
create index events_source_ip on events (organization_id, source_ip, id) where source_ip is not null;
create index events_destination_ip on events (organization_id, destination_ip, id) where destination_ip is not null;
create index events_user on events (organization_id, user_key, id) where user_key is not null;
create index events_host on events (organization_id, host_key, id) where host_key is not null;
-- Few rows have these.
create index events_matched on events (organization_id, id) where rules is not null;
create index events_unparsed on events (organization_id, id) where unparsed is not null;
insert into partitioned_tables values ('events', '1 day', 3, null);
call isolate_by_organization('events', 'select, insert');

-- How many came in which minute: the histogram without reading events, and how far a search gets with bounded work.
create table event_minutes (
    organization_id uuid not null,
    minute timestamptz not null,
    source_id uuid not null,
    severity smallint not null,
    total bigint not null,
    primary key (organization_id, minute, source_id, severity)
) with (fillfactor = 70);
call isolate_by_organization('event_minutes');

-- Text folded as searches fold it: lower case, accents off. Most logs are ASCII, where that is cheap.
create function folded_text(value text) returns text
    language sql immutable parallel safe strict
    as $$ select case when octet_length(value) = length(value) then lower(value collate "C") collate "default"
        else regexp_replace(normalize(lower(value collate "default"), NFD), '[\u0300-\u036f]', '', 'g') end $$;

-- Days of events: what they are called, when they begin and what they take, oldest first.
create function event_days() returns table (name text, day date, bytes bigint)
    language sql stable security definer set search_path = public, pg_temp
    as $$ select child.relname::text, to_date(right(child.relname, 8), 'YYYYMMDD'), pg_total_relation_size(child.oid)
        from pg_inherits link join pg_class child on child.oid = link.inhrelid
        where link.inhparent = 'events'::regclass and child.relname ~ '^events_[0-9]{8}$' order by 2 $$;
revoke all on function event_days() from public;
grant execute on function event_days() to cibercase_app;

-- Lets go the days before `first_day`, never the present one; says how many.
create function drop_event_days(first_day date, moment timestamptz) returns integer
    language plpgsql security definer set search_path = public, pg_temp set lock_timeout = '3s' as $$
declare
    entry record;
    dropped integer := 0;
begin
    for entry in select * from event_days() where day < least(first_day, (moment at time zone 'UTC')::date) loop
        execute format('drop table %I', entry.name);
        dropped := dropped + 1;
    end loop;
    return dropped;
end $$;
revoke all on function drop_event_days(date, timestamptz) from public;
grant execute on function drop_event_days(date, timestamptz) to cibercase_app;
