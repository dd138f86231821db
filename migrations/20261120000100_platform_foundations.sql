-- The ground under every module: who may see which rows, tables that grow without end, the audit log,
-- the outbox of live changes and the leases of background jobs.

-- The organizations of this transaction, set by `platform::db` with SET LOCAL; empty means none.
create function current_organizations() returns uuid[]
    language sql stable parallel safe
    as $$ select coalesce(string_to_array(nullif(current_setting('cibercase.organizations', true), ''), ',')::uuid[], '{}') $$;

-- Background work of the platform itself sees every organization; no request ever does.
create function is_system() returns boolean
    language sql stable parallel safe
    as $$ select coalesce(current_setting('cibercase.is_system', true), '') = 'on' $$;

-- Row-level security of a table that has an organization_id. The sub-selects make PostgreSQL evaluate both
-- functions once a statement rather than once a row.
create procedure isolate_by_organization(target regclass, commands text default 'select, insert, update, delete')
    language plpgsql as $$
begin
    execute format('alter table %s enable row level security', target);
    execute format('alter table %s force row level security', target);
    execute format(
        'create policy organization_isolation on %s
            using ((select is_system()) or organization_id = any ((select current_organizations())::uuid[]))
            with check ((select is_system()) or organization_id = any ((select current_organizations())::uuid[]))', target);
    execute format('grant %s on %s to cibercase_app', commands, target);
end $$;

create function touch_updated_at() returns trigger language plpgsql as $$
begin
    new.updated_at := now();
    return new;
end $$;

-- The smallest UUIDv7 (RFC 9562) of a moment: tables whose rows have UUIDv7 ids are partitioned by id, which is
-- partitioned by time, and a look-up by id meets one partition.
create function uuidv7_floor(moment timestamptz) returns uuid
    language sql immutable parallel safe
    as $$ select (lpad(to_hex((extract(epoch from moment) * 1000)::bigint), 12, '0') || '00000000000000000000')::uuid $$;

-- Tables partitioned by time: what `ensure_partitions` keeps made ahead and `drop_old_partitions` lets go.
create table partitioned_tables (
    name text primary key,
    period interval not null,
    ahead integer not null,
    -- Null keeps everything.
    retention interval,
    -- See `keep_append_only`.
    is_append_only boolean not null default false
);
grant select on partitioned_tables to cibercase_app;

-- Rows of some tables are only ever added. The application's role has no right to change them; this stops those who
-- have, short of taking the trigger away. Dropping a whole partition stays possible for the owner.
create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'rows of % are only ever added', tg_table_name using errcode = 'restrict_violation';
end $$;

create procedure refuse_truncate_of(target regclass)
    language plpgsql as $$
begin
    execute format('create trigger refuse_truncate before truncate on %s
        for each statement execute function refuse_change()', target);
end $$;

-- The trigger for rows holds in every partition; that for truncate in the named table only, so `ensure_partitions` repeats it.
create procedure keep_append_only(target regclass)
    language plpgsql as $$
begin
    execute format('create trigger refuse_change before update or delete on %s
        for each row execute function refuse_change()', target);
    call refuse_truncate_of(target);
end $$;

create function ensure_partitions(moment timestamptz) returns integer
    language plpgsql security definer set search_path = public, pg_temp as $$
declare
    entry partitioned_tables;
    unit text;
    lower_bound timestamptz;
    made integer := 0;
    partition_name text;
    key name;
    bounds text;
begin
    -- One node at a time; the others find the work done.
    perform pg_advisory_xact_lock(hashtext('ensure_partitions'));
    for entry in select * from partitioned_tables loop
        unit := case when entry.period = interval '1 day' then 'day' else 'month' end;
        for step in 0 .. entry.ahead loop
            lower_bound := date_trunc(unit, moment at time zone 'UTC') at time zone 'UTC';
            lower_bound := ((lower_bound at time zone 'UTC') + step * entry.period) at time zone 'UTC';
            partition_name := entry.name || to_char(lower_bound at time zone 'UTC',
                case unit when 'day' then '_YYYYMMDD' else '_YYYYMM' end);
            if to_regclass(partition_name) is null then
                bounds := format('for values from (%L) to (%L)', uuidv7_floor(lower_bound),
                    uuidv7_floor(((lower_bound at time zone 'UTC') + entry.period) at time zone 'UTC'));
                begin
                    execute format('create table %I partition of %I %s', partition_name, entry.name, bounds);
                exception when check_violation then
                    -- A clock that was ahead has left rows of this period among the rest: they move.
                    select attname into strict key from pg_partitioned_table
                        join pg_attribute on attrelid = partrelid and attnum = partattrs[0]
                        where partrelid = entry.name::regclass;
                    execute format('create table %I (like %I including defaults including constraints)', partition_name, entry.name);
                    if entry.is_append_only then
                        -- Nobody writes there until this transaction ends, and nobody else may do this: the rows stay what they are.
                        execute format('alter table %I disable trigger refuse_change', entry.name || '_default');
                    end if;
                    execute format('with moved as (delete from %1$I where %2$I >= %3$L and %2$I < %4$L returning *)
                        insert into %5$I select * from moved', entry.name || '_default', key, uuidv7_floor(lower_bound),
                        uuidv7_floor(((lower_bound at time zone 'UTC') + entry.period) at time zone 'UTC'), partition_name);
                    if entry.is_append_only then
                        execute format('alter table %I enable trigger refuse_change', entry.name || '_default');
                    end if;
                    execute format('alter table %I attach partition %I %s', entry.name, partition_name, bounds);
                end;
                if entry.is_append_only then
                    call refuse_truncate_of(partition_name::regclass);
                end if;
                -- A partition is reached through its parent only: the parent's policy and grants hold.
                made := made + 1;
            end if;
        end loop;
    end loop;
    return made;
end $$;
revoke all on function ensure_partitions(timestamptz) from public;
grant execute on function ensure_partitions(timestamptz) to cibercase_app;

create function drop_old_partitions(moment timestamptz) returns integer
    language plpgsql security definer set search_path = public, pg_temp as $$
declare
    entry record;
    dropped integer := 0;
begin
    for entry in
        select child.relname, parent.retention
        from partitioned_tables parent
        join pg_inherits link on link.inhparent = parent.name::regclass
        join pg_class child on child.oid = link.inhrelid
        where parent.retention is not null and child.relname ~ '_[0-9]{6,8}$'
          and to_date(substring(child.relname from '_([0-9]+)$'),
                case length(substring(child.relname from '_([0-9]+)$')) when 8 then 'YYYYMMDD' else 'YYYYMM' end)
              + parent.period < moment - parent.retention
    loop
        execute format('drop table %I', entry.relname);
        dropped := dropped + 1;
    end loop;
    return dropped;
end $$;
revoke all on function drop_old_partitions(timestamptz) from public;
grant execute on function drop_old_partitions(timestamptz) to cibercase_app;

-- Who did what. Rows are only ever added: the application's role has no right to change or remove them.
create table audit_records (
    id uuid primary key,
    organization_id uuid,
    actor_kind text not null check (actor_kind in ('user', 'service', 'source', 'system')),
    actor_id uuid,
    actor_name text not null,
    action text not null,
    object_kind text not null,
    object_id uuid,
    object_reference text,
    detail jsonb,
    ip inet,
    request_id uuid,
    -- Where the record stands in the order of all: see docs/decisions on live delivery.
    xact xid8 not null default pg_current_xact_id(),
    seq bigint generated always as identity
) partition by range (id);
create table audit_records_default partition of audit_records default;
create index audit_records_organization on audit_records (organization_id, id);
create index audit_records_position on audit_records (xact, seq);
insert into partitioned_tables values ('audit_records', '1 month', 2, null, true);
call keep_append_only('audit_records');
call refuse_truncate_of('audit_records_default');

alter table audit_records enable row level security;
alter table audit_records force row level security;
-- Anybody's deed may be recorded; reading is scoped. Deeds without an organization (sign-ins, settings of the
-- installation) are for those who read every organization.
create policy audit_append on audit_records for insert with check (true);
create policy audit_read on audit_records for select using (
    (select is_system()) or organization_id = any ((select current_organizations())::uuid[])
    or (organization_id is null and coalesce(current_setting('cibercase.is_everywhere', true), '') = 'on'));
grant select on audit_records to cibercase_app;
-- Nobody chooses where their record stands.
grant insert (id, organization_id, actor_kind, actor_id, actor_name, action, object_kind, object_id, object_reference,
    detail, ip, request_id) on audit_records to cibercase_app;

-- What changed, for browsers and for other nodes. Readers order by (xact, seq) and stop below the oldest running
-- transaction, so that a late commit is never skipped: see docs/decisions on live delivery.
create table outbox (
    id uuid not null,
    xact xid8 not null default pg_current_xact_id(),
    seq bigint generated always as identity,
    organization_id uuid,
    -- Set when the change is for one person's eyes.
    user_id uuid,
    topic text not null,
    object_id uuid not null,
    change text not null,
    data jsonb
) partition by range (id);
create table outbox_default partition of outbox default;
create index outbox_position on outbox (xact, seq);
insert into partitioned_tables values ('outbox', '1 day', 2, '1 day');
alter table outbox enable row level security;
alter table outbox force row level security;
create policy outbox_append on outbox for insert with check (true);
-- Only the hub of a process reads it, and decides who hears what.
create policy outbox_read on outbox for select using ((select is_system()));
grant select, insert on outbox to cibercase_app;

-- What the platform itself has noticed, raised with the deed it is about, until intake has made an alert of it.
create table alarms (
    id uuid primary key,
    organization_id uuid not null,
    raised_at timestamptz not null,
    notification jsonb not null
);
alter table alarms enable row level security;
alter table alarms force row level security;
create policy alarms_raise on alarms for insert with check (true);
create policy alarms_take on alarms using ((select is_system()));
grant select, insert, delete on alarms to cibercase_app;

create table job_leases (
    name text primary key,
    holder uuid not null,
    held_until timestamptz not null,
    last_run_at timestamptz,
    last_problem text
);
grant select, insert, update, delete on job_leases to cibercase_app;

-- Human references count up per organization, kind and year; taken in batches.
create table reference_counters (
    organization_id uuid not null,
    kind text not null,
    year integer not null,
    last_number integer not null default 0,
    primary key (organization_id, kind, year)
);
call isolate_by_organization('reference_counters');

-- One-time tickets for opening a live connection.
create table live_tickets (
    ticket_hash bytea primary key,
    session_id uuid not null,
    expires_at timestamptz not null
);
grant select, insert, delete on live_tickets to cibercase_app;
