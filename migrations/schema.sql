-- Made by `make schema` with PostgreSQL 15: what the migrations amount to.

CREATE FUNCTION public.count_changed_tickets() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    insert into dashboard_count_changes (organization_id, noun, stage, hour, severity, assignee_id, count)
    select organization_id, 'ticket', stage, hour, severity, assignee_id, sum(count)
    from (
        select organization_id, stage, date_trunc('hour', created_at, 'UTC') as hour, severity,
               case when stage in ('new', 'in_progress', 'pending') then assignee_id end as assignee_id, -1 as count
        from before where merged_into is null
        union all
        select organization_id, stage, date_trunc('hour', created_at, 'UTC'), severity,
               case when stage in ('new', 'in_progress', 'pending') then assignee_id end, 1
        from after where merged_into is null) as change
    group by organization_id, stage, hour, severity, assignee_id
    having sum(count) <> 0;
    return null;
end $$;

CREATE FUNCTION public.current_organizations() RETURNS uuid[]
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ select coalesce(string_to_array(nullif(current_setting('cibercase.organizations', true), ''), ',')::uuid[], '{}') $$;

CREATE FUNCTION public.drop_event_days(first_day date, moment timestamp with time zone) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    SET lock_timeout TO '3s'
    AS $$
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

CREATE FUNCTION public.drop_old_partitions(moment timestamp with time zone) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $_$
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
end $_$;

CREATE FUNCTION public.ensure_partitions(moment timestamp with time zone) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $_$
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
                call keep_no_statistics_of_documents(partition_name::regclass);
                -- A partition is reached through its parent only: the parent's policy and grants hold.
                made := made + 1;
            end if;
        end loop;
    end loop;
    return made;
end $_$;

CREATE FUNCTION public.event_days() RETURNS TABLE(name text, day date, bytes bigint)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $_$ select child.relname::text, to_date(right(child.relname, 8), 'YYYYMMDD'), pg_total_relation_size(child.oid)
        from pg_inherits link join pg_class child on child.oid = link.inhrelid
        where link.inhparent = 'events'::regclass and child.relname ~ '^events_[0-9]{8}$' order by 2 $_$;

CREATE FUNCTION public.expected_tickets(query tsquery) RETURNS double precision
    LANGUAGE plpgsql STRICT SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
declare
    plan json;
begin
    execute format('explain (format json) select from tickets where terms @@ %L::tsquery', query) into plan;
    return plan -> 0 -> 'Plan' ->> 'Plan Rows';
end $$;

CREATE FUNCTION public.folded_text(value text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ select case when octet_length(value) = length(value) then lower(value collate "C") collate "default"
        else regexp_replace(normalize(lower(value collate "default"), NFD), '[\u0300-\u036f]', '', 'g') end $$;

CREATE FUNCTION public.is_system() RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ select coalesce(current_setting('cibercase.is_system', true), '') = 'on' $$;

CREATE PROCEDURE public.isolate_by_organization(IN target regclass, IN commands text DEFAULT 'select, insert, update, delete'::text)
    LANGUAGE plpgsql
    AS $$
begin
    execute format('alter table %s enable row level security', target);
    execute format('alter table %s force row level security', target);
    execute format(
        'create policy organization_isolation on %s
            using ((select is_system()) or organization_id = any ((select current_organizations())::uuid[]))
            with check ((select is_system()) or organization_id = any ((select current_organizations())::uuid[]))', target);
    execute format('grant %s on %s to cibercase_app', commands, target);
end $$;

CREATE PROCEDURE public.isolate_with_shared_rows(IN target regclass)
    LANGUAGE plpgsql
    AS $$
declare
    own constant text := '(select is_system()) or organization_id = any ((select current_organizations())::uuid[])';
    everywhere constant text :=
        ' or (organization_id is null and coalesce(current_setting(''cibercase.is_everywhere'', true), '''') = ''on'')';
begin
    execute format('alter table %s enable row level security', target);
    execute format('alter table %s force row level security', target);
    execute format('create policy shared_read on %s for select using (%s or organization_id is null)', target, own);
    execute format('create policy shared_insert on %s for insert with check (%s)', target, own || everywhere);
    execute format('create policy shared_update on %s for update using (%s)', target, own || everywhere);
    execute format('create policy shared_delete on %s for delete using (%s)', target, own || everywhere);
    execute format('grant select, insert, update, delete on %s to cibercase_app', target);
end $$;

CREATE PROCEDURE public.keep_append_only(IN target regclass)
    LANGUAGE plpgsql
    AS $$
begin
    execute format('create trigger refuse_change before update or delete on %s
        for each row execute function refuse_change()', target);
    call refuse_truncate_of(target);
end $$;

CREATE PROCEDURE public.keep_no_statistics_of_documents(IN target regclass)
    LANGUAGE plpgsql
    AS $$
declare
    document name;
begin
    for document in select attname from pg_attribute
        where attrelid = target and atttypid = 'jsonb'::regtype and attnum > 0 and not attisdropped
    loop
        execute format('alter table %s alter column %I set statistics 0', target, document);
    end loop;
end $$;

CREATE FUNCTION public.keep_ticket_state_words() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    new.terms := ts_delete(new.terms, ticket_state_words(old.stage, old.severity, old.urgency_score,
            old.verdict, old.status_key, old.merged_into is not null, old.id))
        || array_to_tsvector(ticket_state_words(new.stage, new.severity, new.urgency_score,
            new.verdict, new.status_key, new.merged_into is not null, new.id));
    return new;
end $$;

CREATE FUNCTION public.mapping_sizes(sources uuid[]) RETURNS TABLE(source_id uuid, entries bigint)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
declare
    before text := current_setting('cibercase.is_system', true);
begin
    perform set_config('cibercase.is_system', 'on', true);
    return query select entry.source_id, count(*) from source_organizations entry
        where entry.source_id = any(sources) group by entry.source_id;
    perform set_config('cibercase.is_system', before, true);
end $$;

CREATE FUNCTION public.pending_alert_counts(organization uuid, tickets uuid[]) RETURNS TABLE(occurrences bigint, last_seen_at timestamp with time zone)
    LANGUAGE sql STABLE
    AS $$
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

CREATE FUNCTION public.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    raise exception 'rows of % are only ever added', tg_table_name using errcode = 'restrict_violation';
end $$;

CREATE PROCEDURE public.refuse_truncate_of(IN target regclass)
    LANGUAGE plpgsql
    AS $$
begin
    execute format('create trigger refuse_truncate before truncate on %s
        for each statement execute function refuse_change()', target);
end $$;

CREATE FUNCTION public.search_assets(query tsquery) RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER PARALLEL SAFE
    SET search_path TO 'public', 'pg_temp'
    AS $$
        select asset.id from assets asset
        where asset.terms @@ query and asset.organization_id = any ((select current_organizations())::uuid[])
    $$;

CREATE FUNCTION public.search_tickets(query tsquery, most integer, of_severity smallint DEFAULT NULL::smallint) RETURNS TABLE(organization_id uuid, id uuid, is_merged boolean, stage text, status_key text, severity smallint, urgency smallint, urgency_score smallint, assignee_id uuid, verdict text, last_seen_at timestamp with time zone)
    LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL SAFE
    SET search_path TO 'public', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET enable_indexscan TO 'off'
    SET work_mem TO '32MB'
    AS $$
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

CREATE FUNCTION public.ticket_state_words(stage text, severity smallint, score smallint, verdict text, status_key text, is_merged boolean, id uuid) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $$
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

CREATE FUNCTION public.touch_updated_at() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    new.updated_at := now();
    return new;
end $$;

CREATE FUNCTION public.uuidv7_floor(moment timestamp with time zone) RETURNS uuid
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ select (lpad(to_hex((extract(epoch from moment) * 1000)::bigint), 12, '0') || '00000000000000000000')::uuid $$;

CREATE TABLE public.access_decisions (
    day date NOT NULL,
    user_id uuid NOT NULL,
    organization_id uuid,
    permission text NOT NULL,
    is_allowed boolean NOT NULL,
    roles text NOT NULL,
    reasons text NOT NULL,
    count bigint NOT NULL,
    last_address inet,
    last_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.access_decisions FORCE ROW LEVEL SECURITY;

CREATE TABLE public.account_notices (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    kind text NOT NULL,
    subject text,
    ip inet,
    user_agent text,
    actor_id uuid,
    actor_name text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    read_at timestamp with time zone,
    CONSTRAINT account_notices_kind_check CHECK ((kind = ANY (ARRAY['new_device'::text, 'second_factor_added'::text, 'second_factor_removed'::text, 'second_factor_reset'::text, 'password_changed'::text, 'password_reset'::text, 'recovery_code_used'::text])))
);

CREATE TABLE public.alarms (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    raised_at timestamp with time zone NOT NULL,
    notification jsonb NOT NULL
);
ALTER TABLE ONLY public.alarms ALTER COLUMN notification SET STATISTICS 0;

ALTER TABLE ONLY public.alarms FORCE ROW LEVEL SECURITY;

CREATE TABLE public.alert_counts (
    id uuid NOT NULL,
    xact xid8 DEFAULT pg_current_xact_id() NOT NULL,
    organization_id uuid NOT NULL,
    alert_id uuid NOT NULL,
    deliveries integer NOT NULL,
    occurrences bigint NOT NULL,
    first_seen_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    last_received_at timestamp with time zone NOT NULL
)
PARTITION BY RANGE (id);

ALTER TABLE ONLY public.alert_counts FORCE ROW LEVEL SECURITY;

CREATE TABLE public.alert_counts_default (
    id uuid NOT NULL,
    xact xid8 DEFAULT pg_current_xact_id() NOT NULL,
    organization_id uuid NOT NULL,
    alert_id uuid NOT NULL,
    deliveries integer NOT NULL,
    occurrences bigint NOT NULL,
    first_seen_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    last_received_at timestamp with time zone NOT NULL
);

CREATE TABLE public.alert_counts_taken (
    is_only boolean DEFAULT true NOT NULL,
    until xid8 NOT NULL,
    CONSTRAINT alert_counts_taken_is_only_check CHECK (is_only)
);

CREATE TABLE public.alert_keys (
    organization_id uuid NOT NULL,
    key uuid NOT NULL,
    alert_id uuid NOT NULL
);

ALTER TABLE ONLY public.alert_keys FORCE ROW LEVEL SECURITY;

CREATE TABLE public.alert_payloads (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    alert_id uuid NOT NULL,
    content_type text,
    body bytea NOT NULL
)
PARTITION BY RANGE (id);

ALTER TABLE ONLY public.alert_payloads FORCE ROW LEVEL SECURITY;

CREATE TABLE public.alert_payloads_default (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    alert_id uuid NOT NULL,
    content_type text,
    body bytea NOT NULL
);

CREATE TABLE public.alert_policies (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    source_id uuid,
    rule_id text,
    action text NOT NULL,
    until timestamp with time zone,
    reason text NOT NULL,
    created_by uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    hits bigint DEFAULT 0 NOT NULL,
    CONSTRAINT alert_policies_action_check CHECK ((action = ANY (ARRAY['ticket'::text, 'alert_only'::text, 'suppress'::text]))),
    CONSTRAINT alert_policies_until CHECK (((action <> 'suppress'::text) OR (until IS NOT NULL)))
);

ALTER TABLE ONLY public.alert_policies FORCE ROW LEVEL SECURITY;

CREATE TABLE public.alerts (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    source_id uuid,
    incident_id text,
    rule_id text NOT NULL,
    rule_name text NOT NULL,
    title text NOT NULL,
    severity smallint NOT NULL,
    urgency smallint NOT NULL,
    urgency_terms jsonb NOT NULL,
    state text NOT NULL,
    source_state text NOT NULL,
    source_ip inet,
    destination_ip inet,
    asset_id uuid,
    deliveries integer DEFAULT 1 NOT NULL,
    occurrences bigint DEFAULT 1 NOT NULL,
    event_at timestamp with time zone,
    first_seen_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    last_received_at timestamp with time zone NOT NULL,
    cleared_at timestamp with time zone,
    ticket_id uuid,
    why_grouped text NOT NULL,
    notification jsonb NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    CONSTRAINT alerts_severity_check CHECK (((severity >= 1) AND (severity <= 5))),
    CONSTRAINT alerts_source_state_check CHECK ((source_state = ANY (ARRAY['active'::text, 'cleared'::text]))),
    CONSTRAINT alerts_state_check CHECK ((state = ANY (ARRAY['new'::text, 'acknowledged'::text, 'suppressed'::text, 'closed'::text]))),
    CONSTRAINT alerts_urgency_check CHECK (((urgency >= 1) AND (urgency <= 5)))
)
PARTITION BY RANGE (id);
ALTER TABLE ONLY public.alerts ALTER COLUMN urgency_terms SET STATISTICS 0;
ALTER TABLE ONLY public.alerts ALTER COLUMN notification SET STATISTICS 0;

ALTER TABLE ONLY public.alerts FORCE ROW LEVEL SECURITY;

CREATE TABLE public.alerts_default (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    source_id uuid,
    incident_id text,
    rule_id text NOT NULL,
    rule_name text NOT NULL,
    title text NOT NULL,
    severity smallint NOT NULL,
    urgency smallint NOT NULL,
    urgency_terms jsonb NOT NULL,
    state text NOT NULL,
    source_state text NOT NULL,
    source_ip inet,
    destination_ip inet,
    asset_id uuid,
    deliveries integer DEFAULT 1 NOT NULL,
    occurrences bigint DEFAULT 1 NOT NULL,
    event_at timestamp with time zone,
    first_seen_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    last_received_at timestamp with time zone NOT NULL,
    cleared_at timestamp with time zone,
    ticket_id uuid,
    why_grouped text NOT NULL,
    notification jsonb NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    CONSTRAINT alerts_severity_check CHECK (((severity >= 1) AND (severity <= 5))),
    CONSTRAINT alerts_source_state_check CHECK ((source_state = ANY (ARRAY['active'::text, 'cleared'::text]))),
    CONSTRAINT alerts_state_check CHECK ((state = ANY (ARRAY['new'::text, 'acknowledged'::text, 'suppressed'::text, 'closed'::text]))),
    CONSTRAINT alerts_urgency_check CHECK (((urgency >= 1) AND (urgency <= 5)))
);
ALTER TABLE ONLY public.alerts_default ALTER COLUMN urgency_terms SET STATISTICS 0;
ALTER TABLE ONLY public.alerts_default ALTER COLUMN notification SET STATISTICS 0;

CREATE TABLE public.asset_addresses (
    organization_id uuid NOT NULL,
    asset_id uuid NOT NULL,
    address cidr NOT NULL
);

ALTER TABLE ONLY public.asset_addresses FORCE ROW LEVEL SECURITY;

CREATE TABLE public.asset_relations (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    asset_id uuid NOT NULL,
    kind text NOT NULL,
    other_asset_id uuid NOT NULL,
    CONSTRAINT asset_relations_kind_check CHECK ((kind = ANY (ARRAY['depends_on'::text, 'runs_on'::text, 'connects_to'::text, 'part_of'::text]))),
    CONSTRAINT asset_relations_not_self CHECK ((asset_id <> other_asset_id))
);

ALTER TABLE ONLY public.asset_relations FORCE ROW LEVEL SECURITY;

CREATE TABLE public.asset_revisions (
    organization_id uuid NOT NULL,
    revision bigint NOT NULL
);

ALTER TABLE ONLY public.asset_revisions FORCE ROW LEVEL SECURITY;

CREATE TABLE public.assets (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    name text NOT NULL,
    name_key text GENERATED ALWAYS AS (lower(name)) STORED NOT NULL,
    kind text NOT NULL,
    criticality text NOT NULL,
    criticality_rank smallint GENERATED ALWAYS AS (
CASE criticality
    WHEN 'low'::text THEN 1
    WHEN 'medium'::text THEN 2
    WHEN 'high'::text THEN 3
    ELSE 4
END) STORED NOT NULL,
    state text NOT NULL,
    owner text,
    department text,
    description text,
    is_internet_facing boolean DEFAULT false NOT NULL,
    hostnames text[] DEFAULT '{}'::text[] NOT NULL,
    tags text[] DEFAULT '{}'::text[] NOT NULL,
    terms tsvector DEFAULT ''::tsvector NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    CONSTRAINT assets_criticality_check CHECK ((criticality = ANY (ARRAY['low'::text, 'medium'::text, 'high'::text, 'critical'::text]))),
    CONSTRAINT assets_kind_check CHECK ((kind = ANY (ARRAY['server'::text, 'workstation'::text, 'network'::text, 'firewall'::text, 'database'::text, 'application'::text, 'cloud'::text, 'iot'::text, 'mobile'::text, 'other'::text]))),
    CONSTRAINT assets_state_check CHECK ((state = ANY (ARRAY['planned'::text, 'active'::text, 'retired'::text])))
);

CREATE TABLE public.attachments (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    ticket_id uuid NOT NULL,
    name text NOT NULL,
    media_type text NOT NULL,
    size_bytes bigint NOT NULL,
    sha256 bytea NOT NULL,
    uploaded_by uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    deleted_at timestamp with time zone
);

ALTER TABLE ONLY public.attachments FORCE ROW LEVEL SECURITY;

CREATE TABLE public.audit_checkpoints (
    size bigint NOT NULL,
    root bytea NOT NULL,
    note text NOT NULL,
    made_at timestamp with time zone NOT NULL,
    CONSTRAINT audit_checkpoints_root_check CHECK ((length(root) = 32)),
    CONSTRAINT audit_checkpoints_size_check CHECK ((size > 0))
);

CREATE TABLE public.audit_followers (
    name text NOT NULL,
    kind text NOT NULL,
    size bigint NOT NULL,
    told_at timestamp with time zone,
    problem text,
    failing_since timestamp with time zone,
    CONSTRAINT audit_followers_kind_check CHECK ((kind = ANY (ARRAY['witness'::text, 'siem'::text]))),
    CONSTRAINT audit_followers_size_check CHECK ((size >= 0))
);

CREATE TABLE public.audit_leaves (
    index bigint NOT NULL,
    record_id uuid NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT audit_leaves_hash_check CHECK ((length(hash) = 32)),
    CONSTRAINT audit_leaves_index_check CHECK ((index >= 0))
);

CREATE TABLE public.audit_nodes (
    level smallint NOT NULL,
    index bigint NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT audit_nodes_hash_check CHECK ((length(hash) = 32)),
    CONSTRAINT audit_nodes_level_check CHECK (((level >= 1) AND (level <= 63)))
);

CREATE TABLE public.audit_progress (
    is_only boolean DEFAULT true NOT NULL,
    cluster text NOT NULL,
    xact xid8 NOT NULL,
    seq bigint NOT NULL,
    CONSTRAINT audit_progress_is_only_check CHECK (is_only)
);

CREATE TABLE public.audit_records (
    id uuid NOT NULL,
    organization_id uuid,
    actor_kind text NOT NULL,
    actor_id uuid,
    actor_name text NOT NULL,
    action text NOT NULL,
    object_kind text NOT NULL,
    object_id uuid,
    object_reference text,
    detail jsonb,
    ip inet,
    request_id uuid,
    xact xid8 DEFAULT pg_current_xact_id() NOT NULL,
    seq bigint NOT NULL,
    CONSTRAINT audit_records_actor_kind_check CHECK ((actor_kind = ANY (ARRAY['user'::text, 'service'::text, 'source'::text, 'system'::text])))
)
PARTITION BY RANGE (id);
ALTER TABLE ONLY public.audit_records ALTER COLUMN detail SET STATISTICS 0;

ALTER TABLE ONLY public.audit_records FORCE ROW LEVEL SECURITY;

CREATE TABLE public.audit_records_default (
    id uuid NOT NULL,
    organization_id uuid,
    actor_kind text NOT NULL,
    actor_id uuid,
    actor_name text NOT NULL,
    action text NOT NULL,
    object_kind text NOT NULL,
    object_id uuid,
    object_reference text,
    detail jsonb,
    ip inet,
    request_id uuid,
    xact xid8 DEFAULT pg_current_xact_id() NOT NULL,
    seq bigint NOT NULL,
    CONSTRAINT audit_records_actor_kind_check CHECK ((actor_kind = ANY (ARRAY['user'::text, 'service'::text, 'source'::text, 'system'::text])))
);
ALTER TABLE ONLY public.audit_records_default ALTER COLUMN detail SET STATISTICS 0;

ALTER TABLE public.audit_records ALTER COLUMN seq ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.audit_records_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.audit_witnessed (
    origin text NOT NULL,
    size bigint NOT NULL,
    root bytea NOT NULL,
    note text NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    CONSTRAINT audit_witnessed_root_check CHECK ((length(root) = 32)),
    CONSTRAINT audit_witnessed_size_check CHECK ((size > 0))
);

CREATE TABLE public.collector_positions (
    spool uuid NOT NULL,
    "position" bigint NOT NULL,
    state_position bigint DEFAULT 0 NOT NULL,
    state bytea,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.collector_reports (
    node uuid NOT NULL,
    reported_at timestamp with time zone NOT NULL,
    report jsonb NOT NULL
);
ALTER TABLE ONLY public.collector_reports ALTER COLUMN report SET STATISTICS 0;

CREATE TABLE public.dashboard_count_changes (
    organization_id uuid NOT NULL,
    noun text NOT NULL,
    stage text DEFAULT ''::text NOT NULL,
    hour timestamp with time zone NOT NULL,
    severity smallint DEFAULT 0 NOT NULL,
    assignee_id uuid,
    count bigint NOT NULL
);

ALTER TABLE ONLY public.dashboard_count_changes FORCE ROW LEVEL SECURITY;

CREATE TABLE public.dashboard_counts (
    organization_id uuid NOT NULL,
    noun text NOT NULL,
    stage text DEFAULT ''::text NOT NULL,
    hour timestamp with time zone NOT NULL,
    severity smallint DEFAULT 0 NOT NULL,
    assignee_id uuid,
    count bigint NOT NULL,
    CONSTRAINT dashboard_counts_noun_check CHECK ((noun = ANY (ARRAY['ticket'::text, 'alert'::text])))
);

ALTER TABLE ONLY public.dashboard_counts FORCE ROW LEVEL SECURITY;

CREATE TABLE public.dashboard_snapshots (
    organization_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    open bigint NOT NULL,
    new bigint NOT NULL,
    unassigned bigint NOT NULL
);

ALTER TABLE ONLY public.dashboard_snapshots FORCE ROW LEVEL SECURITY;

CREATE TABLE public.devices (
    user_id uuid NOT NULL,
    token_hash bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone NOT NULL
);

CREATE TABLE public.passkeys (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    name text NOT NULL,
    credential_id bytea NOT NULL,
    sealed_public_key bytea NOT NULL,
    counter bigint NOT NULL,
    is_verified boolean NOT NULL,
    may_be_copied boolean NOT NULL,
    transports text[] NOT NULL,
    created_at timestamp with time zone NOT NULL,
    last_used_at timestamp with time zone
);

CREATE TABLE public.totp_factors (
    user_id uuid NOT NULL,
    sealed_secret bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    confirmed_at timestamp with time zone,
    last_step bigint DEFAULT 0 NOT NULL,
    last_used_at timestamp with time zone
);

CREATE VIEW public.enrolled_people AS
 SELECT totp_factors.user_id
   FROM public.totp_factors
  WHERE (totp_factors.confirmed_at IS NOT NULL)
UNION
 SELECT passkeys.user_id
   FROM public.passkeys;

CREATE TABLE public.event_minutes (
    organization_id uuid NOT NULL,
    minute timestamp with time zone NOT NULL,
    source_id uuid NOT NULL,
    severity smallint NOT NULL,
    total bigint NOT NULL
)
WITH (fillfactor='70');

ALTER TABLE ONLY public.event_minutes FORCE ROW LEVEL SECURITY;

CREATE TABLE public.events (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    source_id uuid NOT NULL,
    event_at timestamp with time zone,
    sender inet NOT NULL,
    source_ip inet,
    source_port integer,
    destination_ip inet,
    destination_port integer,
    user_key text COLLATE pg_catalog."C",
    user_name text,
    host_key text COLLATE pg_catalog."C",
    host_name text,
    action text COLLATE pg_catalog."C",
    severity smallint NOT NULL,
    rule_name text COLLATE pg_catalog."C",
    event_code text COLLATE pg_catalog."C",
    device text COLLATE pg_catalog."C",
    product text COLLATE pg_catalog."C",
    format text NOT NULL COLLATE pg_catalog."C",
    unparsed text COLLATE pg_catalog."C",
    rules uuid[],
    raw text NOT NULL COLLATE pg_catalog."C",
    raw_bytes bytea
)
PARTITION BY RANGE (id);

ALTER TABLE ONLY public.events FORCE ROW LEVEL SECURITY;

CREATE TABLE public.events_default (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    source_id uuid NOT NULL,
    event_at timestamp with time zone,
    sender inet NOT NULL,
    source_ip inet,
    source_port integer,
    destination_ip inet,
    destination_port integer,
    user_key text COLLATE pg_catalog."C",
    user_name text,
    host_key text COLLATE pg_catalog."C",
    host_name text,
    action text COLLATE pg_catalog."C",
    severity smallint NOT NULL,
    rule_name text COLLATE pg_catalog."C",
    event_code text COLLATE pg_catalog."C",
    device text COLLATE pg_catalog."C",
    product text COLLATE pg_catalog."C",
    format text NOT NULL COLLATE pg_catalog."C",
    unparsed text COLLATE pg_catalog."C",
    rules uuid[],
    raw text NOT NULL COLLATE pg_catalog."C",
    raw_bytes bytea
);

CREATE TABLE public.job_leases (
    name text NOT NULL,
    holder uuid NOT NULL,
    held_until timestamp with time zone NOT NULL,
    last_run_at timestamp with time zone,
    last_problem text
);

CREATE TABLE public.linked_identities (
    issuer text NOT NULL,
    subject text NOT NULL,
    user_id uuid NOT NULL,
    provider text NOT NULL,
    linked_at timestamp with time zone NOT NULL,
    last_used_at timestamp with time zone
);

CREATE TABLE public.live_tickets (
    ticket_hash bytea NOT NULL,
    session_id uuid NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

CREATE TABLE public.memberships (
    user_id uuid NOT NULL,
    organization_id uuid,
    role text NOT NULL
);

CREATE TABLE public.monitoring_findings (
    kind text NOT NULL,
    subject text NOT NULL,
    summary text NOT NULL,
    since timestamp with time zone NOT NULL,
    told_at timestamp with time zone NOT NULL,
    severity smallint DEFAULT 3 NOT NULL,
    CONSTRAINT monitoring_findings_severity_check CHECK (((severity >= 1) AND (severity <= 5)))
);

CREATE TABLE public.monitoring_networks (
    user_id uuid NOT NULL,
    network cidr NOT NULL,
    last_seen_at timestamp with time zone NOT NULL
);

CREATE TABLE public.monitoring_processes (
    id uuid NOT NULL,
    host text NOT NULL,
    roles text[] NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    findings jsonb NOT NULL,
    version text,
    figures jsonb DEFAULT '{}'::jsonb NOT NULL
);
ALTER TABLE ONLY public.monitoring_processes ALTER COLUMN findings SET STATISTICS 0;
ALTER TABLE ONLY public.monitoring_processes ALTER COLUMN figures SET STATISTICS 0;

CREATE TABLE public.monitoring_sign_ins (
    minute timestamp with time zone NOT NULL,
    succeeded bigint DEFAULT 0 NOT NULL,
    failed bigint DEFAULT 0 NOT NULL,
    services_failed bigint DEFAULT 0 NOT NULL
);

CREATE VIEW public.monitoring_speakers AS
 SELECT DISTINCT ON (monitoring_processes.host, monitoring_processes.roles) monitoring_processes.id
   FROM public.monitoring_processes
  ORDER BY monitoring_processes.host, monitoring_processes.roles, monitoring_processes.seen_at DESC, monitoring_processes.id DESC;

CREATE TABLE public.monitoring_watch (
    is_only boolean DEFAULT true NOT NULL,
    began_at timestamp with time zone NOT NULL,
    "position" bigint NOT NULL,
    memory jsonb,
    CONSTRAINT monitoring_watch_is_only_check CHECK (is_only),
    CONSTRAINT monitoring_watch_position_check CHECK (("position" >= 0))
);
ALTER TABLE ONLY public.monitoring_watch ALTER COLUMN memory SET STATISTICS 0;

CREATE TABLE public.notices (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    user_id uuid NOT NULL,
    kind text NOT NULL,
    ticket_id uuid NOT NULL,
    ticket_reference text NOT NULL,
    ticket_title text NOT NULL,
    actor_id uuid,
    actor_name text NOT NULL,
    excerpt text,
    created_at timestamp with time zone NOT NULL,
    read_at timestamp with time zone,
    CONSTRAINT notices_kind_check CHECK ((kind = ANY (ARRAY['assigned'::text, 'mentioned'::text, 'watched'::text])))
);

ALTER TABLE ONLY public.notices FORCE ROW LEVEL SECURITY;

CREATE TABLE public.organizations (
    id uuid NOT NULL,
    name text NOT NULL,
    slug text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    version integer DEFAULT 1 NOT NULL
);

CREATE TABLE public.outbox (
    id uuid NOT NULL,
    xact xid8 DEFAULT pg_current_xact_id() NOT NULL,
    seq bigint NOT NULL,
    organization_id uuid,
    user_id uuid,
    topic text NOT NULL,
    object_id uuid NOT NULL,
    change text NOT NULL,
    data jsonb
)
PARTITION BY RANGE (id);
ALTER TABLE ONLY public.outbox ALTER COLUMN data SET STATISTICS 0;

ALTER TABLE ONLY public.outbox FORCE ROW LEVEL SECURITY;

CREATE TABLE public.outbox_default (
    id uuid NOT NULL,
    xact xid8 DEFAULT pg_current_xact_id() NOT NULL,
    seq bigint NOT NULL,
    organization_id uuid,
    user_id uuid,
    topic text NOT NULL,
    object_id uuid NOT NULL,
    change text NOT NULL,
    data jsonb
);
ALTER TABLE ONLY public.outbox_default ALTER COLUMN data SET STATISTICS 0;

ALTER TABLE public.outbox ALTER COLUMN seq ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.outbox_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.partitioned_tables (
    name text NOT NULL,
    period interval NOT NULL,
    ahead integer NOT NULL,
    retention interval,
    is_append_only boolean DEFAULT false NOT NULL
);

CREATE TABLE public.passkey_challenges (
    bound_to bytea NOT NULL,
    user_id uuid NOT NULL,
    challenge bytea NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

CREATE TABLE public.provider_attempts (
    state_hash bytea NOT NULL,
    browser_hash bytea NOT NULL,
    provider text NOT NULL,
    user_id uuid,
    session_id uuid,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT provider_attempts_check CHECK (((user_id IS NULL) = (session_id IS NULL)))
);

CREATE TABLE public.quarantine (
    id uuid NOT NULL,
    source_id uuid NOT NULL,
    received_at timestamp with time zone NOT NULL,
    reason_code text NOT NULL,
    reason text NOT NULL,
    "position" jsonb,
    content_type text,
    body bytea NOT NULL,
    state text DEFAULT 'held'::text NOT NULL,
    settled_at timestamp with time zone,
    settled_by uuid,
    settled_reason text,
    organizations uuid[] DEFAULT '{}'::uuid[] NOT NULL,
    CONSTRAINT quarantine_state_check CHECK ((state = ANY (ARRAY['held'::text, 'replayed'::text, 'discarded'::text])))
);
ALTER TABLE ONLY public.quarantine ALTER COLUMN "position" SET STATISTICS 0;

CREATE TABLE public.recovery_codes (
    user_id uuid NOT NULL,
    code_hash bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone
);

CREATE TABLE public.reference_counters (
    organization_id uuid NOT NULL,
    kind text NOT NULL,
    year integer NOT NULL,
    last_number integer DEFAULT 0 NOT NULL
);

ALTER TABLE ONLY public.reference_counters FORCE ROW LEVEL SECURITY;

CREATE TABLE public.refresh_tokens (
    token_hash bytea NOT NULL,
    session_id uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone
);

CREATE TABLE public.revoked_tokens (
    jti uuid NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

CREATE TABLE public.rule_firings (
    alert_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    rule_id uuid NOT NULL,
    firings integer DEFAULT 1 NOT NULL,
    fired_at timestamp with time zone DEFAULT now() NOT NULL,
    why jsonb NOT NULL
)
PARTITION BY RANGE (alert_id);
ALTER TABLE ONLY public.rule_firings ALTER COLUMN why SET STATISTICS 0;

ALTER TABLE ONLY public.rule_firings FORCE ROW LEVEL SECURITY;

CREATE TABLE public.rule_firings_default (
    alert_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    rule_id uuid NOT NULL,
    firings integer DEFAULT 1 NOT NULL,
    fired_at timestamp with time zone DEFAULT now() NOT NULL,
    why jsonb NOT NULL
);
ALTER TABLE ONLY public.rule_firings_default ALTER COLUMN why SET STATISTICS 0;

CREATE TABLE public.rule_hits (
    rule_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    hour timestamp with time zone NOT NULL,
    hits bigint NOT NULL,
    last_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.rule_hits FORCE ROW LEVEL SECURITY;

CREATE TABLE public.rule_hours (
    organization_id uuid NOT NULL,
    source_id uuid NOT NULL,
    rule_id text NOT NULL,
    hour timestamp with time zone NOT NULL,
    tickets integer DEFAULT 0 NOT NULL,
    storm_ticket_id uuid
);

ALTER TABLE ONLY public.rule_hours FORCE ROW LEVEL SECURITY;

CREATE TABLE public.rule_suppressions (
    id uuid NOT NULL,
    rule_id uuid NOT NULL,
    organization_id uuid,
    field text,
    value text,
    until timestamp with time zone NOT NULL,
    reason text NOT NULL,
    created_by uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT rule_suppressions_pair CHECK (((field IS NULL) = (value IS NULL)))
);

ALTER TABLE ONLY public.rule_suppressions FORCE ROW LEVEL SECURITY;

CREATE TABLE public.rules (
    id uuid NOT NULL,
    organization_id uuid,
    origin text NOT NULL,
    sigma_id text,
    title text NOT NULL,
    description text,
    yaml text NOT NULL,
    own_severity smallint NOT NULL,
    kind text,
    log_sources text[] NOT NULL,
    techniques text[] NOT NULL,
    tactics text[] NOT NULL,
    is_enabled boolean NOT NULL,
    severity smallint,
    threshold integer,
    throttle_seconds integer,
    created_by uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    CONSTRAINT rules_origin_check CHECK ((origin = ANY (ARRAY['built_in'::text, 'own'::text]))),
    CONSTRAINT rules_own_severity_check CHECK (((own_severity >= 1) AND (own_severity <= 5))),
    CONSTRAINT rules_severity_check CHECK (((severity >= 1) AND (severity <= 5))),
    CONSTRAINT rules_threshold_check CHECK ((threshold > 0)),
    CONSTRAINT rules_throttle_seconds_check CHECK ((throttle_seconds >= 0))
);

ALTER TABLE ONLY public.rules FORCE ROW LEVEL SECURITY;

CREATE TABLE public.secret_readers (
    process_id uuid NOT NULL,
    name text NOT NULL,
    used integer NOT NULL,
    known integer NOT NULL,
    digest bytea NOT NULL,
    seen_at timestamp with time zone NOT NULL
);

CREATE TABLE public.service_arrivals (
    service text NOT NULL,
    arrival text NOT NULL,
    address inet,
    first_seen_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    times bigint NOT NULL,
    CONSTRAINT service_arrivals_arrival_check CHECK ((arrival = ANY (ARRAY['certified'::text, 'without_certificate'::text, 'foreign_certificate'::text, 'unbound_token'::text]))),
    CONSTRAINT service_arrivals_times_check CHECK ((times > 0))
);

CREATE TABLE public.sessions (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    kind text NOT NULL,
    token_hash bytea,
    created_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    revoked_reason text,
    ip inet,
    user_agent text,
    has_second_factor boolean DEFAULT false NOT NULL,
    proven_at timestamp with time zone,
    CONSTRAINT sessions_kind_check CHECK ((kind = ANY (ARRAY['browser'::text, 'token'::text])))
);

CREATE TABLE public.sign_in_challenges (
    token_hash bytea NOT NULL,
    user_id uuid NOT NULL,
    password_generation integer NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    tries integer DEFAULT 0 NOT NULL,
    through text
);

CREATE TABLE public.signing_keys (
    kid text NOT NULL,
    phase text NOT NULL,
    public_x text NOT NULL,
    public_y text NOT NULL,
    sealed_private_key bytea,
    prepared_at timestamp with time zone NOT NULL,
    activated_at timestamp with time zone,
    tainted_at timestamp with time zone,
    revoked_at timestamp with time zone,
    CONSTRAINT signing_keys_phase_check CHECK ((phase = ANY (ARRAY['prepared'::text, 'active'::text, 'tainted'::text, 'revoked'::text]))),
    CONSTRAINT signing_keys_sealed CHECK (((sealed_private_key IS NOT NULL) = (phase = ANY (ARRAY['prepared'::text, 'active'::text]))))
);

CREATE TABLE public.source_counts (
    source_id uuid NOT NULL,
    last_seen_at timestamp with time zone,
    received bigint DEFAULT 0 NOT NULL,
    created bigint DEFAULT 0 NOT NULL,
    updated bigint DEFAULT 0 NOT NULL,
    duplicate bigint DEFAULT 0 NOT NULL,
    reopened bigint DEFAULT 0 NOT NULL,
    linked bigint DEFAULT 0 NOT NULL,
    suppressed bigint DEFAULT 0 NOT NULL,
    quarantined bigint DEFAULT 0 NOT NULL,
    unparsed bigint DEFAULT 0 NOT NULL,
    shed bigint DEFAULT 0 NOT NULL,
    silent_since timestamp with time zone
);

CREATE TABLE public.source_minutes (
    source_id uuid NOT NULL,
    minute timestamp with time zone NOT NULL,
    received integer DEFAULT 0 NOT NULL
);

CREATE TABLE public.source_networks (
    network cidr NOT NULL,
    source_id uuid NOT NULL
);

CREATE TABLE public.source_organizations (
    source_id uuid NOT NULL,
    match text,
    organization_id uuid NOT NULL
);

ALTER TABLE ONLY public.source_organizations FORCE ROW LEVEL SECURITY;

CREATE TABLE public.sources (
    id uuid NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    is_enabled boolean DEFAULT true NOT NULL,
    token_hash bytea NOT NULL,
    token_hint text NOT NULL,
    token_created_at timestamp with time zone NOT NULL,
    zone_offset_minutes integer,
    storm_limit integer DEFAULT 30,
    format text,
    silent_after_minutes integer,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    CONSTRAINT sources_kind_check CHECK ((kind = ANY (ARRAY['fortisiem'::text, 'generic'::text, 'syslog'::text, 'platform'::text]))),
    CONSTRAINT sources_silent_after_minutes_check CHECK (((silent_after_minutes >= 1) AND (silent_after_minutes <= 43200))),
    CONSTRAINT sources_storm_limit_check CHECK ((storm_limit > 0)),
    CONSTRAINT sources_zone_offset_minutes_check CHECK (((zone_offset_minutes >= '-840'::integer) AND (zone_offset_minutes <= 840)))
);

CREATE TABLE public.ticket_activity (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    ticket_id uuid NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid,
    actor_name text NOT NULL,
    kind text NOT NULL,
    detail jsonb,
    comment_markdown text,
    comment_edited_at timestamp with time zone,
    comment_version integer,
    CONSTRAINT ticket_activity_actor_kind_check CHECK ((actor_kind = ANY (ARRAY['user'::text, 'service'::text, 'source'::text, 'system'::text])))
)
PARTITION BY RANGE (id);
ALTER TABLE ONLY public.ticket_activity ALTER COLUMN detail SET STATISTICS 0;

ALTER TABLE ONLY public.ticket_activity FORCE ROW LEVEL SECURITY;

CREATE TABLE public.ticket_activity_default (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    ticket_id uuid NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid,
    actor_name text NOT NULL,
    kind text NOT NULL,
    detail jsonb,
    comment_markdown text,
    comment_edited_at timestamp with time zone,
    comment_version integer,
    CONSTRAINT ticket_activity_actor_kind_check CHECK ((actor_kind = ANY (ARRAY['user'::text, 'service'::text, 'source'::text, 'system'::text])))
);
ALTER TABLE ONLY public.ticket_activity_default ALTER COLUMN detail SET STATISTICS 0;

CREATE TABLE public.ticket_gains (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    ticket_id uuid NOT NULL,
    alerts integer NOT NULL,
    occurrences bigint NOT NULL,
    severity smallint NOT NULL,
    urgency smallint NOT NULL,
    urgency_score smallint NOT NULL,
    urgency_terms text NOT NULL,
    offers_suppression boolean NOT NULL,
    last_seen_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.ticket_gains FORCE ROW LEVEL SECURITY;

CREATE TABLE public.ticket_links (
    organization_id uuid NOT NULL,
    ticket_id uuid NOT NULL,
    kind text NOT NULL,
    other_ticket_id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ticket_links_check CHECK ((ticket_id <> other_ticket_id)),
    CONSTRAINT ticket_links_kind_check CHECK ((kind = ANY (ARRAY['related'::text, 'duplicate_of'::text, 'caused_by'::text, 'recurrence_of'::text])))
);

ALTER TABLE ONLY public.ticket_links FORCE ROW LEVEL SECURITY;

CREATE TABLE public.ticket_merge_members (
    merge_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    member_id uuid NOT NULL,
    was jsonb NOT NULL,
    member_version integer NOT NULL,
    split_at timestamp with time zone
);
ALTER TABLE ONLY public.ticket_merge_members ALTER COLUMN was SET STATISTICS 0;

ALTER TABLE ONLY public.ticket_merge_members FORCE ROW LEVEL SECURITY;

CREATE TABLE public.ticket_merges (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    survivor_id uuid NOT NULL,
    merged_by uuid NOT NULL,
    merged_at timestamp with time zone NOT NULL,
    survivor_was jsonb NOT NULL,
    survivor_version integer NOT NULL,
    undone_at timestamp with time zone
);
ALTER TABLE ONLY public.ticket_merges ALTER COLUMN survivor_was SET STATISTICS 0;

ALTER TABLE ONLY public.ticket_merges FORCE ROW LEVEL SECURITY;

CREATE TABLE public.ticket_statuses (
    organization_id uuid NOT NULL,
    key text NOT NULL,
    label text NOT NULL,
    stage text NOT NULL,
    "position" integer DEFAULT 0 NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    CONSTRAINT ticket_statuses_stage_check CHECK ((stage = ANY (ARRAY['new'::text, 'in_progress'::text, 'pending'::text, 'resolved'::text, 'closed'::text])))
);

ALTER TABLE ONLY public.ticket_statuses FORCE ROW LEVEL SECURITY;

CREATE TABLE public.ticket_views (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    owner_id uuid NOT NULL,
    name text NOT NULL,
    query text NOT NULL,
    is_shared boolean DEFAULT false NOT NULL,
    is_default boolean DEFAULT false NOT NULL,
    version integer DEFAULT 1 NOT NULL
);

ALTER TABLE ONLY public.ticket_views FORCE ROW LEVEL SECURITY;

CREATE TABLE public.ticket_watchers (
    organization_id uuid NOT NULL,
    ticket_id uuid NOT NULL,
    user_id uuid NOT NULL
);

ALTER TABLE ONLY public.ticket_watchers FORCE ROW LEVEL SECURITY;

CREATE TABLE public.tickets (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    reference text NOT NULL,
    title text NOT NULL,
    description text,
    stage text NOT NULL,
    status_key text,
    severity smallint NOT NULL,
    urgency smallint NOT NULL,
    urgency_score smallint NOT NULL,
    urgency_terms jsonb NOT NULL,
    assignee_id uuid,
    source_id uuid,
    incident_id text,
    rule_id text,
    rule_name text,
    source_ip inet,
    destination_ip inet,
    asset_id uuid,
    alert_count integer DEFAULT 0 NOT NULL,
    occurrences bigint DEFAULT 0 NOT NULL,
    first_seen_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    created_by uuid,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    acknowledged_at timestamp with time zone,
    resolved_at timestamp with time zone,
    closed_at timestamp with time zone,
    verdict text,
    impact text,
    reason text,
    offers_suppression boolean DEFAULT false NOT NULL,
    is_storm boolean DEFAULT false NOT NULL,
    tags text[] DEFAULT '{}'::text[] NOT NULL,
    merged_into uuid,
    is_merged boolean GENERATED ALWAYS AS ((merged_into IS NOT NULL)) STORED NOT NULL,
    terms tsvector NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    CONSTRAINT tickets_impact_check CHECK ((impact = ANY (ARRAY['none'::text, 'low'::text, 'medium'::text, 'high'::text]))),
    CONSTRAINT tickets_merged_are_closed CHECK (((merged_into IS NULL) OR (stage = 'closed'::text))),
    CONSTRAINT tickets_severity_check CHECK (((severity >= 1) AND (severity <= 5))),
    CONSTRAINT tickets_stage_check CHECK ((stage = ANY (ARRAY['new'::text, 'in_progress'::text, 'pending'::text, 'resolved'::text, 'closed'::text]))),
    CONSTRAINT tickets_urgency_check CHECK (((urgency >= 1) AND (urgency <= 5))),
    CONSTRAINT tickets_verdict_check CHECK ((verdict = ANY (ARRAY['true_positive'::text, 'benign_positive'::text, 'false_positive'::text, 'undetermined'::text, 'duplicate'::text])))
);
ALTER TABLE ONLY public.tickets ALTER COLUMN urgency_terms SET STATISTICS 0;
ALTER TABLE ONLY public.tickets ALTER COLUMN terms SET STORAGE MAIN;

CREATE TABLE public.unknown_senders (
    address inet NOT NULL,
    transport text NOT NULL,
    messages bigint NOT NULL,
    first_seen_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    sample text DEFAULT ''::text NOT NULL
);

CREATE TABLE public.used_assertions (
    assertion_hash bytea NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

CREATE TABLE public.users (
    id uuid NOT NULL,
    email text NOT NULL,
    display_name text NOT NULL,
    password_hash text NOT NULL,
    password_generation integer DEFAULT 1 NOT NULL,
    must_change_password boolean DEFAULT true NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    is_service boolean DEFAULT false NOT NULL,
    locale text,
    color_scheme text DEFAULT 'auto'::text NOT NULL,
    preferences jsonb DEFAULT '{}'::jsonb NOT NULL,
    last_sign_in_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    source text DEFAULT 'local'::text NOT NULL,
    CONSTRAINT users_color_scheme_check CHECK ((color_scheme = ANY (ARRAY['light'::text, 'dark'::text, 'auto'::text]))),
    CONSTRAINT users_locale_check CHECK ((locale = ANY (ARRAY['es'::text, 'en'::text]))),
    CONSTRAINT users_source_check CHECK ((source = ANY (ARRAY['local'::text, 'provider'::text, 'directory'::text])))
);
ALTER TABLE ONLY public.users ALTER COLUMN preferences SET STATISTICS 0;

ALTER TABLE ONLY public.alert_counts ATTACH PARTITION public.alert_counts_default DEFAULT;

ALTER TABLE ONLY public.alert_payloads ATTACH PARTITION public.alert_payloads_default DEFAULT;

ALTER TABLE ONLY public.alerts ATTACH PARTITION public.alerts_default DEFAULT;

ALTER TABLE ONLY public.audit_records ATTACH PARTITION public.audit_records_default DEFAULT;

ALTER TABLE ONLY public.events ATTACH PARTITION public.events_default DEFAULT;

ALTER TABLE ONLY public.outbox ATTACH PARTITION public.outbox_default DEFAULT;

ALTER TABLE ONLY public.rule_firings ATTACH PARTITION public.rule_firings_default DEFAULT;

ALTER TABLE ONLY public.ticket_activity ATTACH PARTITION public.ticket_activity_default DEFAULT;

ALTER TABLE ONLY public.access_decisions
    ADD CONSTRAINT access_decisions_alike UNIQUE NULLS NOT DISTINCT (user_id, permission, is_allowed, organization_id, day);

ALTER TABLE ONLY public.account_notices
    ADD CONSTRAINT account_notices_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.alarms
    ADD CONSTRAINT alarms_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.alert_counts_taken
    ADD CONSTRAINT alert_counts_taken_pkey PRIMARY KEY (is_only);

ALTER TABLE ONLY public.alert_keys
    ADD CONSTRAINT alert_keys_pkey PRIMARY KEY (organization_id, key);

ALTER TABLE ONLY public.alert_policies
    ADD CONSTRAINT alert_policies_key UNIQUE NULLS NOT DISTINCT (organization_id, source_id, rule_id);

ALTER TABLE ONLY public.alert_policies
    ADD CONSTRAINT alert_policies_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.alerts
    ADD CONSTRAINT alerts_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.alerts_default
    ADD CONSTRAINT alerts_default_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.asset_addresses
    ADD CONSTRAINT asset_addresses_pkey PRIMARY KEY (asset_id, address);

ALTER TABLE ONLY public.asset_relations
    ADD CONSTRAINT asset_relations_key UNIQUE (asset_id, kind, other_asset_id);

ALTER TABLE ONLY public.asset_relations
    ADD CONSTRAINT asset_relations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.asset_revisions
    ADD CONSTRAINT asset_revisions_pkey PRIMARY KEY (organization_id);

ALTER TABLE ONLY public.assets
    ADD CONSTRAINT assets_organization_key UNIQUE (organization_id, id);

ALTER TABLE ONLY public.assets
    ADD CONSTRAINT assets_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.attachments
    ADD CONSTRAINT attachments_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.audit_checkpoints
    ADD CONSTRAINT audit_checkpoints_pkey PRIMARY KEY (size);

ALTER TABLE ONLY public.audit_followers
    ADD CONSTRAINT audit_followers_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.audit_leaves
    ADD CONSTRAINT audit_leaves_pkey PRIMARY KEY (index);

ALTER TABLE ONLY public.audit_leaves
    ADD CONSTRAINT audit_leaves_record_id_key UNIQUE (record_id);

ALTER TABLE ONLY public.audit_nodes
    ADD CONSTRAINT audit_nodes_pkey PRIMARY KEY (level, index);

ALTER TABLE ONLY public.audit_progress
    ADD CONSTRAINT audit_progress_pkey PRIMARY KEY (is_only);

ALTER TABLE ONLY public.audit_records
    ADD CONSTRAINT audit_records_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.audit_records_default
    ADD CONSTRAINT audit_records_default_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.audit_witnessed
    ADD CONSTRAINT audit_witnessed_pkey PRIMARY KEY (origin);

ALTER TABLE ONLY public.collector_positions
    ADD CONSTRAINT collector_positions_pkey PRIMARY KEY (spool);

ALTER TABLE ONLY public.collector_reports
    ADD CONSTRAINT collector_reports_pkey PRIMARY KEY (node);

ALTER TABLE ONLY public.dashboard_counts
    ADD CONSTRAINT dashboard_counts_key UNIQUE NULLS NOT DISTINCT (organization_id, noun, stage, hour, severity, assignee_id);

ALTER TABLE ONLY public.dashboard_snapshots
    ADD CONSTRAINT dashboard_snapshots_pkey PRIMARY KEY (organization_id, at);

ALTER TABLE ONLY public.devices
    ADD CONSTRAINT devices_pkey PRIMARY KEY (user_id, token_hash);

ALTER TABLE ONLY public.event_minutes
    ADD CONSTRAINT event_minutes_pkey PRIMARY KEY (organization_id, minute, source_id, severity);

ALTER TABLE ONLY public.events
    ADD CONSTRAINT events_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.events_default
    ADD CONSTRAINT events_default_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.job_leases
    ADD CONSTRAINT job_leases_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.linked_identities
    ADD CONSTRAINT linked_identities_pkey PRIMARY KEY (issuer, subject);

ALTER TABLE ONLY public.linked_identities
    ADD CONSTRAINT linked_identities_user_key UNIQUE (user_id, issuer);

ALTER TABLE ONLY public.live_tickets
    ADD CONSTRAINT live_tickets_pkey PRIMARY KEY (ticket_hash);

ALTER TABLE ONLY public.memberships
    ADD CONSTRAINT memberships_key UNIQUE NULLS NOT DISTINCT (user_id, organization_id);

ALTER TABLE ONLY public.monitoring_findings
    ADD CONSTRAINT monitoring_findings_pkey PRIMARY KEY (kind, subject);

ALTER TABLE ONLY public.monitoring_networks
    ADD CONSTRAINT monitoring_networks_pkey PRIMARY KEY (user_id, network);

ALTER TABLE ONLY public.monitoring_processes
    ADD CONSTRAINT monitoring_processes_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.monitoring_sign_ins
    ADD CONSTRAINT monitoring_sign_ins_pkey PRIMARY KEY (minute);

ALTER TABLE ONLY public.monitoring_watch
    ADD CONSTRAINT monitoring_watch_pkey PRIMARY KEY (is_only);

ALTER TABLE ONLY public.notices
    ADD CONSTRAINT notices_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.organizations
    ADD CONSTRAINT organizations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.organizations
    ADD CONSTRAINT organizations_slug_key UNIQUE (slug);

ALTER TABLE ONLY public.partitioned_tables
    ADD CONSTRAINT partitioned_tables_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.passkey_challenges
    ADD CONSTRAINT passkey_challenges_pkey PRIMARY KEY (bound_to);

ALTER TABLE ONLY public.passkeys
    ADD CONSTRAINT passkeys_credential_id_key UNIQUE (credential_id);

ALTER TABLE ONLY public.passkeys
    ADD CONSTRAINT passkeys_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.provider_attempts
    ADD CONSTRAINT provider_attempts_pkey PRIMARY KEY (state_hash);

ALTER TABLE ONLY public.quarantine
    ADD CONSTRAINT quarantine_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.recovery_codes
    ADD CONSTRAINT recovery_codes_pkey PRIMARY KEY (user_id, code_hash);

ALTER TABLE ONLY public.reference_counters
    ADD CONSTRAINT reference_counters_pkey PRIMARY KEY (organization_id, kind, year);

ALTER TABLE ONLY public.refresh_tokens
    ADD CONSTRAINT refresh_tokens_pkey PRIMARY KEY (token_hash);

ALTER TABLE ONLY public.revoked_tokens
    ADD CONSTRAINT revoked_tokens_pkey PRIMARY KEY (jti);

ALTER TABLE ONLY public.rule_firings
    ADD CONSTRAINT rule_firings_pkey PRIMARY KEY (organization_id, alert_id);

ALTER TABLE ONLY public.rule_firings_default
    ADD CONSTRAINT rule_firings_default_pkey PRIMARY KEY (organization_id, alert_id);

ALTER TABLE ONLY public.rule_hits
    ADD CONSTRAINT rule_hits_pkey PRIMARY KEY (rule_id, organization_id, hour);

ALTER TABLE ONLY public.rule_hours
    ADD CONSTRAINT rule_hours_pkey PRIMARY KEY (organization_id, source_id, rule_id, hour);

ALTER TABLE ONLY public.rule_suppressions
    ADD CONSTRAINT rule_suppressions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.rules
    ADD CONSTRAINT rules_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.secret_readers
    ADD CONSTRAINT secret_readers_pkey PRIMARY KEY (process_id, name);

ALTER TABLE ONLY public.service_arrivals
    ADD CONSTRAINT service_arrivals_key UNIQUE NULLS NOT DISTINCT (service, arrival, address);

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_token_hash_key UNIQUE (token_hash);

ALTER TABLE ONLY public.sign_in_challenges
    ADD CONSTRAINT sign_in_challenges_pkey PRIMARY KEY (token_hash);

ALTER TABLE ONLY public.signing_keys
    ADD CONSTRAINT signing_keys_pkey PRIMARY KEY (kid);

ALTER TABLE ONLY public.source_counts
    ADD CONSTRAINT source_counts_pkey PRIMARY KEY (source_id);

ALTER TABLE ONLY public.source_minutes
    ADD CONSTRAINT source_minutes_pkey PRIMARY KEY (source_id, minute);

ALTER TABLE ONLY public.source_networks
    ADD CONSTRAINT source_networks_key PRIMARY KEY (network);

ALTER TABLE ONLY public.source_organizations
    ADD CONSTRAINT source_organizations_key UNIQUE NULLS NOT DISTINCT (source_id, match);

ALTER TABLE ONLY public.sources
    ADD CONSTRAINT sources_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.sources
    ADD CONSTRAINT sources_token_key UNIQUE (token_hash);

ALTER TABLE ONLY public.ticket_activity
    ADD CONSTRAINT ticket_activity_pkey PRIMARY KEY (organization_id, ticket_id, id);

ALTER TABLE ONLY public.ticket_activity_default
    ADD CONSTRAINT ticket_activity_default_pkey PRIMARY KEY (organization_id, ticket_id, id);

ALTER TABLE ONLY public.ticket_gains
    ADD CONSTRAINT ticket_gains_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.ticket_links
    ADD CONSTRAINT ticket_links_pkey PRIMARY KEY (organization_id, ticket_id, other_ticket_id);

ALTER TABLE ONLY public.ticket_merge_members
    ADD CONSTRAINT ticket_merge_members_pkey PRIMARY KEY (merge_id, member_id);

ALTER TABLE ONLY public.ticket_merges
    ADD CONSTRAINT ticket_merges_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.ticket_statuses
    ADD CONSTRAINT ticket_statuses_pkey PRIMARY KEY (organization_id, key);

ALTER TABLE ONLY public.ticket_views
    ADD CONSTRAINT ticket_views_name_key UNIQUE (owner_id, organization_id, name);

ALTER TABLE ONLY public.ticket_views
    ADD CONSTRAINT ticket_views_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.ticket_watchers
    ADD CONSTRAINT ticket_watchers_pkey PRIMARY KEY (ticket_id, user_id);

ALTER TABLE ONLY public.tickets
    ADD CONSTRAINT tickets_pkey PRIMARY KEY (organization_id, id);

ALTER TABLE ONLY public.tickets
    ADD CONSTRAINT tickets_reference_key UNIQUE (organization_id, reference);

ALTER TABLE ONLY public.totp_factors
    ADD CONSTRAINT totp_factors_pkey PRIMARY KEY (user_id);

ALTER TABLE ONLY public.unknown_senders
    ADD CONSTRAINT unknown_senders_pkey PRIMARY KEY (address);

ALTER TABLE ONLY public.used_assertions
    ADD CONSTRAINT used_assertions_pkey PRIMARY KEY (assertion_hash);

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_email_key UNIQUE (email);

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);

CREATE INDEX access_decisions_day ON public.access_decisions USING btree (day);

CREATE INDEX account_notices_inbox ON public.account_notices USING btree (user_id, id DESC);

CREATE INDEX account_notices_unread ON public.account_notices USING btree (user_id) WHERE (read_at IS NULL);

CREATE INDEX alert_counts_latest ON ONLY public.alert_counts USING btree (organization_id, alert_id, deliveries);

CREATE INDEX alert_counts_default_organization_id_alert_id_deliveries_idx ON public.alert_counts_default USING btree (organization_id, alert_id, deliveries);

CREATE INDEX alert_counts_xact ON ONLY public.alert_counts USING btree (xact);

CREATE INDEX alert_counts_default_xact_idx ON public.alert_counts_default USING btree (xact);

CREATE INDEX alert_payloads_alert ON ONLY public.alert_payloads USING btree (organization_id, alert_id, id);

CREATE INDEX alert_payloads_default_organization_id_alert_id_id_idx ON public.alert_payloads_default USING btree (organization_id, alert_id, id);

CREATE INDEX alerts_rule ON ONLY public.alerts USING btree (organization_id, rule_id, id);

CREATE INDEX alerts_default_organization_id_rule_id_id_idx ON public.alerts_default USING btree (organization_id, rule_id, id);

CREATE INDEX alerts_ticket ON ONLY public.alerts USING btree (organization_id, ticket_id, id);

CREATE INDEX alerts_default_organization_id_ticket_id_id_idx ON public.alerts_default USING btree (organization_id, ticket_id, id);

CREATE UNIQUE INDEX asset_addresses_key ON public.asset_addresses USING btree (organization_id, address);

CREATE INDEX asset_relations_other ON public.asset_relations USING btree (other_asset_id);

CREATE INDEX assets_by_criticality ON public.assets USING btree (organization_id, criticality_rank, id);

CREATE INDEX assets_by_updated_at ON public.assets USING btree (organization_id, updated_at, id);

CREATE UNIQUE INDEX assets_name_key ON public.assets USING btree (organization_id, name_key);

CREATE INDEX assets_terms ON public.assets USING gin (terms);

CREATE INDEX attachments_ticket ON public.attachments USING btree (organization_id, ticket_id, id);

CREATE INDEX audit_records_organization ON ONLY public.audit_records USING btree (organization_id, id);

CREATE INDEX audit_records_default_organization_id_id_idx ON public.audit_records_default USING btree (organization_id, id);

CREATE INDEX audit_records_position ON ONLY public.audit_records USING btree (xact, seq);

CREATE INDEX audit_records_default_xact_seq_idx ON public.audit_records_default USING btree (xact, seq);

CREATE INDEX dashboard_count_changes_organization ON public.dashboard_count_changes USING btree (organization_id);

CREATE INDEX devices_last_seen_at ON public.devices USING btree (last_seen_at);

CREATE INDEX devices_token_hash ON public.devices USING btree (token_hash);

CREATE INDEX events_destination_ip ON ONLY public.events USING btree (organization_id, destination_ip, id) WHERE (destination_ip IS NOT NULL);

CREATE INDEX events_default_organization_id_destination_ip_id_idx ON public.events_default USING btree (organization_id, destination_ip, id) WHERE (destination_ip IS NOT NULL);

CREATE INDEX events_host ON ONLY public.events USING btree (organization_id, host_key, id) WHERE (host_key IS NOT NULL);

CREATE INDEX events_default_organization_id_host_key_id_idx ON public.events_default USING btree (organization_id, host_key, id) WHERE (host_key IS NOT NULL);

CREATE INDEX events_matched ON ONLY public.events USING btree (organization_id, id) WHERE (rules IS NOT NULL);

CREATE INDEX events_default_organization_id_id_idx ON public.events_default USING btree (organization_id, id) WHERE (rules IS NOT NULL);

CREATE INDEX events_unparsed ON ONLY public.events USING btree (organization_id, id) WHERE (unparsed IS NOT NULL);

CREATE INDEX events_default_organization_id_id_idx1 ON public.events_default USING btree (organization_id, id) WHERE (unparsed IS NOT NULL);

CREATE INDEX events_source_ip ON ONLY public.events USING btree (organization_id, source_ip, id) WHERE (source_ip IS NOT NULL);

CREATE INDEX events_default_organization_id_source_ip_id_idx ON public.events_default USING btree (organization_id, source_ip, id) WHERE (source_ip IS NOT NULL);

CREATE INDEX events_user ON ONLY public.events USING btree (organization_id, user_key, id) WHERE (user_key IS NOT NULL);

CREATE INDEX events_default_organization_id_user_key_id_idx ON public.events_default USING btree (organization_id, user_key, id) WHERE (user_key IS NOT NULL);

CREATE INDEX memberships_organization ON public.memberships USING btree (organization_id);

CREATE INDEX notices_inbox ON public.notices USING btree (user_id, id DESC);

CREATE INDEX notices_unread ON public.notices USING btree (user_id) WHERE (read_at IS NULL);

CREATE UNIQUE INDEX organizations_name_key ON public.organizations USING btree (lower(name));

CREATE INDEX outbox_position ON ONLY public.outbox USING btree (xact, seq);

CREATE INDEX outbox_default_xact_seq_idx ON public.outbox_default USING btree (xact, seq);

CREATE INDEX passkey_challenges_expires_at ON public.passkey_challenges USING btree (expires_at);

CREATE INDEX passkey_challenges_user_id ON public.passkey_challenges USING btree (user_id);

CREATE INDEX passkeys_user_id ON public.passkeys USING btree (user_id, id);

CREATE INDEX provider_attempts_expires_at ON public.provider_attempts USING btree (expires_at);

CREATE INDEX quarantine_page ON public.quarantine USING btree (state, id);

CREATE INDEX quarantine_source ON public.quarantine USING btree (source_id, id);

CREATE INDEX refresh_tokens_session ON public.refresh_tokens USING btree (session_id);

CREATE INDEX revoked_tokens_expires_at ON public.revoked_tokens USING btree (expires_at);

CREATE INDEX rule_suppressions_rule ON public.rule_suppressions USING btree (rule_id, id);

CREATE INDEX rules_page ON public.rules USING btree (lower(title), id);

CREATE UNIQUE INDEX rules_sigma_key ON public.rules USING btree (organization_id, sigma_id) NULLS NOT DISTINCT WHERE ((origin = 'own'::text) AND (sigma_id IS NOT NULL));

CREATE INDEX sessions_expires_at ON public.sessions USING btree (expires_at);

CREATE INDEX sessions_user ON public.sessions USING btree (user_id, last_seen_at DESC);

CREATE INDEX sign_in_challenges_expires_at ON public.sign_in_challenges USING btree (expires_at);

CREATE UNIQUE INDEX signing_keys_turn ON public.signing_keys USING btree (phase) WHERE (phase = ANY (ARRAY['prepared'::text, 'active'::text]));

CREATE INDEX source_networks_source ON public.source_networks USING btree (source_id);

CREATE UNIQUE INDEX sources_name_key ON public.sources USING btree (lower(name));

CREATE INDEX ticket_gains_ticket ON public.ticket_gains USING btree (organization_id, ticket_id);

CREATE INDEX ticket_links_other ON public.ticket_links USING btree (organization_id, other_ticket_id);

CREATE INDEX ticket_merge_members_member ON public.ticket_merge_members USING btree (organization_id, member_id);

CREATE INDEX ticket_merges_survivor ON public.ticket_merges USING btree (organization_id, survivor_id, merged_at DESC);

CREATE UNIQUE INDEX ticket_views_default ON public.ticket_views USING btree (owner_id) WHERE is_default;

CREATE INDEX ticket_views_shared ON public.ticket_views USING btree (organization_id) WHERE is_shared;

CREATE INDEX tickets_acknowledged ON public.tickets USING btree (organization_id, acknowledged_at) INCLUDE (created_at, is_merged) WHERE (acknowledged_at IS NOT NULL);

CREATE INDEX tickets_assigned ON public.tickets USING btree (organization_id, assignee_id, is_merged, stage, severity, urgency_score, id) WHERE (assignee_id IS NOT NULL);

CREATE INDEX tickets_assigned_by_age ON public.tickets USING btree (organization_id, assignee_id, id) WHERE (assignee_id IS NOT NULL);

CREATE INDEX tickets_last_seen ON public.tickets USING btree (organization_id, last_seen_at, id);

CREATE INDEX tickets_members ON public.tickets USING btree (organization_id, merged_into) WHERE (merged_into IS NOT NULL);

CREATE INDEX tickets_past_new ON public.tickets USING btree (organization_id, stage, id) WHERE (stage <> 'new'::text);

CREATE INDEX tickets_queue ON public.tickets USING btree (organization_id, is_merged, stage, severity, urgency_score, id);

CREATE INDEX tickets_resolved ON public.tickets USING btree (organization_id, resolved_at) INCLUDE (created_at, verdict, is_merged) WHERE (resolved_at IS NOT NULL);

CREATE INDEX tickets_terms_critical ON public.tickets USING gin (terms) WITH (gin_pending_list_limit='256') WHERE (severity = 5);

CREATE INDEX tickets_terms_high ON public.tickets USING gin (terms) WITH (gin_pending_list_limit='256') WHERE (severity = 4);

CREATE INDEX tickets_terms_informational ON public.tickets USING gin (terms) WITH (gin_pending_list_limit='256') WHERE (severity = 1);

CREATE INDEX tickets_terms_low ON public.tickets USING gin (terms) WITH (gin_pending_list_limit='256') WHERE (severity = 2);

CREATE INDEX tickets_terms_medium ON public.tickets USING gin (terms) WITH (gin_pending_list_limit='256') WHERE (severity = 3);

CREATE INDEX tickets_unassigned ON public.tickets USING btree (organization_id, is_merged, stage, severity, urgency_score, id) WHERE ((assignee_id IS NULL) AND (stage <> 'new'::text));

CREATE INDEX unknown_senders_last_seen ON public.unknown_senders USING btree (last_seen_at DESC, address);

CREATE INDEX used_assertions_expires_at ON public.used_assertions USING btree (expires_at);

CREATE INDEX users_display_name ON public.users USING btree (lower(display_name), id);

ALTER INDEX public.alert_counts_latest ATTACH PARTITION public.alert_counts_default_organization_id_alert_id_deliveries_idx;

ALTER INDEX public.alert_counts_xact ATTACH PARTITION public.alert_counts_default_xact_idx;

ALTER INDEX public.alert_payloads_alert ATTACH PARTITION public.alert_payloads_default_organization_id_alert_id_id_idx;

ALTER INDEX public.alerts_rule ATTACH PARTITION public.alerts_default_organization_id_rule_id_id_idx;

ALTER INDEX public.alerts_ticket ATTACH PARTITION public.alerts_default_organization_id_ticket_id_id_idx;

ALTER INDEX public.alerts_pkey ATTACH PARTITION public.alerts_default_pkey;

ALTER INDEX public.audit_records_organization ATTACH PARTITION public.audit_records_default_organization_id_id_idx;

ALTER INDEX public.audit_records_pkey ATTACH PARTITION public.audit_records_default_pkey;

ALTER INDEX public.audit_records_position ATTACH PARTITION public.audit_records_default_xact_seq_idx;

ALTER INDEX public.events_destination_ip ATTACH PARTITION public.events_default_organization_id_destination_ip_id_idx;

ALTER INDEX public.events_host ATTACH PARTITION public.events_default_organization_id_host_key_id_idx;

ALTER INDEX public.events_matched ATTACH PARTITION public.events_default_organization_id_id_idx;

ALTER INDEX public.events_unparsed ATTACH PARTITION public.events_default_organization_id_id_idx1;

ALTER INDEX public.events_source_ip ATTACH PARTITION public.events_default_organization_id_source_ip_id_idx;

ALTER INDEX public.events_user ATTACH PARTITION public.events_default_organization_id_user_key_id_idx;

ALTER INDEX public.events_pkey ATTACH PARTITION public.events_default_pkey;

ALTER INDEX public.outbox_position ATTACH PARTITION public.outbox_default_xact_seq_idx;

ALTER INDEX public.rule_firings_pkey ATTACH PARTITION public.rule_firings_default_pkey;

ALTER INDEX public.ticket_activity_pkey ATTACH PARTITION public.ticket_activity_default_pkey;

CREATE TRIGGER alert_policies_touch BEFORE UPDATE ON public.alert_policies FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();

CREATE TRIGGER assets_touch BEFORE UPDATE ON public.assets FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();

CREATE TRIGGER organizations_touch BEFORE UPDATE ON public.organizations FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();

CREATE TRIGGER refuse_change BEFORE DELETE OR UPDATE ON public.audit_checkpoints FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER refuse_change BEFORE DELETE OR UPDATE ON public.audit_leaves FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER refuse_change BEFORE DELETE OR UPDATE ON public.audit_nodes FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER refuse_change BEFORE DELETE OR UPDATE ON public.audit_records FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON public.audit_checkpoints FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON public.audit_leaves FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON public.audit_nodes FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON public.audit_records FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON public.audit_records_default FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER rules_touch BEFORE UPDATE ON public.rules FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();

CREATE TRIGGER sources_touch BEFORE UPDATE ON public.sources FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();

CREATE TRIGGER tickets_count_changed AFTER UPDATE ON public.tickets REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION public.count_changed_tickets();

CREATE TRIGGER tickets_state_words_changed BEFORE UPDATE ON public.tickets FOR EACH ROW WHEN (((old.stage <> new.stage) OR (old.severity <> new.severity) OR (old.urgency_score <> new.urgency_score) OR (old.verdict IS DISTINCT FROM new.verdict) OR (old.status_key IS DISTINCT FROM new.status_key) OR (old.merged_into IS DISTINCT FROM new.merged_into) OR (old.terms <> new.terms))) EXECUTE FUNCTION public.keep_ticket_state_words();

CREATE TRIGGER tickets_touch BEFORE UPDATE ON public.tickets FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();

CREATE TRIGGER users_touch BEFORE UPDATE ON public.users FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();

ALTER TABLE ONLY public.access_decisions
    ADD CONSTRAINT access_decisions_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.access_decisions
    ADD CONSTRAINT access_decisions_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.account_notices
    ADD CONSTRAINT account_notices_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);

ALTER TABLE ONLY public.alert_policies
    ADD CONSTRAINT alert_policies_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.alert_policies
    ADD CONSTRAINT alert_policies_source_id_fkey FOREIGN KEY (source_id) REFERENCES public.sources(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.asset_addresses
    ADD CONSTRAINT asset_addresses_asset FOREIGN KEY (organization_id, asset_id) REFERENCES public.assets(organization_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.asset_relations
    ADD CONSTRAINT asset_relations_asset FOREIGN KEY (organization_id, asset_id) REFERENCES public.assets(organization_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.asset_relations
    ADD CONSTRAINT asset_relations_other_asset FOREIGN KEY (organization_id, other_asset_id) REFERENCES public.assets(organization_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.asset_revisions
    ADD CONSTRAINT asset_revisions_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.assets
    ADD CONSTRAINT assets_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.attachments
    ADD CONSTRAINT attachments_uploaded_by_fkey FOREIGN KEY (uploaded_by) REFERENCES public.users(id);

ALTER TABLE ONLY public.devices
    ADD CONSTRAINT devices_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);

ALTER TABLE ONLY public.linked_identities
    ADD CONSTRAINT linked_identities_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);

ALTER TABLE ONLY public.memberships
    ADD CONSTRAINT memberships_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.memberships
    ADD CONSTRAINT memberships_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);

ALTER TABLE ONLY public.notices
    ADD CONSTRAINT notices_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);

ALTER TABLE ONLY public.passkey_challenges
    ADD CONSTRAINT passkey_challenges_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);

ALTER TABLE ONLY public.passkeys
    ADD CONSTRAINT passkeys_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);

ALTER TABLE ONLY public.provider_attempts
    ADD CONSTRAINT provider_attempts_session_id_fkey FOREIGN KEY (session_id) REFERENCES public.sessions(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.provider_attempts
    ADD CONSTRAINT provider_attempts_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);

ALTER TABLE ONLY public.quarantine
    ADD CONSTRAINT quarantine_source_id_fkey FOREIGN KEY (source_id) REFERENCES public.sources(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.recovery_codes
    ADD CONSTRAINT recovery_codes_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);

ALTER TABLE ONLY public.refresh_tokens
    ADD CONSTRAINT refresh_tokens_session_id_fkey FOREIGN KEY (session_id) REFERENCES public.sessions(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.rule_suppressions
    ADD CONSTRAINT rule_suppressions_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.rule_suppressions
    ADD CONSTRAINT rule_suppressions_rule_id_fkey FOREIGN KEY (rule_id) REFERENCES public.rules(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.rules
    ADD CONSTRAINT rules_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);

ALTER TABLE ONLY public.sign_in_challenges
    ADD CONSTRAINT sign_in_challenges_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);

ALTER TABLE ONLY public.source_counts
    ADD CONSTRAINT source_counts_source_id_fkey FOREIGN KEY (source_id) REFERENCES public.sources(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.source_minutes
    ADD CONSTRAINT source_minutes_source_id_fkey FOREIGN KEY (source_id) REFERENCES public.sources(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.source_networks
    ADD CONSTRAINT source_networks_source_id_fkey FOREIGN KEY (source_id) REFERENCES public.sources(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.source_organizations
    ADD CONSTRAINT source_organizations_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.source_organizations
    ADD CONSTRAINT source_organizations_source_id_fkey FOREIGN KEY (source_id) REFERENCES public.sources(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.ticket_merge_members
    ADD CONSTRAINT ticket_merge_members_merge_id_fkey FOREIGN KEY (merge_id) REFERENCES public.ticket_merges(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.ticket_statuses
    ADD CONSTRAINT ticket_statuses_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.ticket_views
    ADD CONSTRAINT ticket_views_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.ticket_views
    ADD CONSTRAINT ticket_views_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES public.users(id);

ALTER TABLE ONLY public.ticket_watchers
    ADD CONSTRAINT ticket_watchers_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);

ALTER TABLE ONLY public.totp_factors
    ADD CONSTRAINT totp_factors_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);

ALTER TABLE public.access_decisions ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.alarms ENABLE ROW LEVEL SECURITY;

CREATE POLICY alarms_raise ON public.alarms FOR INSERT WITH CHECK (true);

CREATE POLICY alarms_take ON public.alarms USING (( SELECT public.is_system() AS is_system));

ALTER TABLE public.alert_counts ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.alert_keys ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.alert_payloads ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.alert_policies ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.alerts ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.asset_addresses ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.asset_relations ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.asset_revisions ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.assets ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.attachments ENABLE ROW LEVEL SECURITY;

CREATE POLICY audit_append ON public.audit_records FOR INSERT WITH CHECK (true);

CREATE POLICY audit_read ON public.audit_records FOR SELECT USING ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[])) OR ((organization_id IS NULL) AND (COALESCE(current_setting('cibercase.is_everywhere'::text, true), ''::text) = 'on'::text))));

ALTER TABLE public.audit_records ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.dashboard_count_changes ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.dashboard_counts ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.dashboard_snapshots ENABLE ROW LEVEL SECURITY;

CREATE POLICY decisions_read ON public.access_decisions FOR SELECT USING ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[])) OR ((organization_id IS NULL) AND (COALESCE(current_setting('cibercase.is_everywhere'::text, true), ''::text) = 'on'::text))));

CREATE POLICY decisions_write ON public.access_decisions USING (( SELECT public.is_system() AS is_system)) WITH CHECK (( SELECT public.is_system() AS is_system));

ALTER TABLE public.event_minutes ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.events ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.notices ENABLE ROW LEVEL SECURITY;

CREATE POLICY organization_isolation ON public.alert_counts USING ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[])))) WITH CHECK ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[]))));

CREATE POLICY organization_isolation ON public.alert_keys USING ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[])))) WITH CHECK ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[]))));

CREATE POLICY organization_isolation ON public.alert_payloads USING ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[])))) WITH CHECK ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[]))));

CREATE POLICY organization_isolation ON public.alert_policies USING ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[])))) WITH CHECK ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[]))));

CREATE POLICY organization_isolation ON public.alerts USING ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[])))) WITH CHECK ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[]))));

CREATE POLICY organization_isolation ON public.asset_addresses USING ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[])))) WITH CHECK ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[]))));

CREATE POLICY organization_isolation ON public.asset_relations USING ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[])))) WITH CHECK ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[]))));

CREATE POLICY organization_isolation ON public.asset_revisions USING ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[])))) WITH CHECK ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[]))));

CREATE POLICY organization_isolation ON public.assets USING ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[])))) WITH CHECK ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[]))));

CREATE POLICY organization_isolation ON public.attachments USING ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[])))) WITH CHECK ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[]))));

CREATE POLICY organization_isolation ON public.dashboard_count_changes USING ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[])))) WITH CHECK ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[]))));

CREATE POLICY organization_isolation ON public.dashboard_counts USING ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[])))) WITH CHECK ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[]))));

CREATE POLICY organization_isolation ON public.dashboard_snapshots USING ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[])))) WITH CHECK ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[]))));

CREATE POLICY organization_isolation ON public.event_minutes USING ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[])))) WITH CHECK ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[]))));

CREATE POLICY organization_isolation ON public.events USING ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[])))) WITH CHECK ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[]))));

CREATE POLICY organization_isolation ON public.notices USING ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[])))) WITH CHECK ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[]))));

CREATE POLICY organization_isolation ON public.reference_counters USING ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[])))) WITH CHECK ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[]))));

CREATE POLICY organization_isolation ON public.rule_firings USING ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[])))) WITH CHECK ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[]))));

CREATE POLICY organization_isolation ON public.rule_hits USING ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[])))) WITH CHECK ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[]))));

CREATE POLICY organization_isolation ON public.rule_hours USING ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[])))) WITH CHECK ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[]))));

CREATE POLICY organization_isolation ON public.source_organizations USING ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[])))) WITH CHECK ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[]))));

CREATE POLICY organization_isolation ON public.ticket_activity USING ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[])))) WITH CHECK ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[]))));

CREATE POLICY organization_isolation ON public.ticket_gains USING ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[])))) WITH CHECK ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[]))));

CREATE POLICY organization_isolation ON public.ticket_links USING ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[])))) WITH CHECK ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[]))));

CREATE POLICY organization_isolation ON public.ticket_merge_members USING ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[])))) WITH CHECK ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[]))));

CREATE POLICY organization_isolation ON public.ticket_merges USING ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[])))) WITH CHECK ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[]))));

CREATE POLICY organization_isolation ON public.ticket_statuses USING ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[])))) WITH CHECK ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[]))));

CREATE POLICY organization_isolation ON public.ticket_views USING ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[])))) WITH CHECK ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[]))));

CREATE POLICY organization_isolation ON public.ticket_watchers USING ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[])))) WITH CHECK ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[]))));

CREATE POLICY organization_isolation ON public.tickets USING ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[])))) WITH CHECK ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[]))));

ALTER TABLE public.outbox ENABLE ROW LEVEL SECURITY;

CREATE POLICY outbox_append ON public.outbox FOR INSERT WITH CHECK (true);

CREATE POLICY outbox_read ON public.outbox FOR SELECT USING (( SELECT public.is_system() AS is_system));

ALTER TABLE public.reference_counters ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.rule_firings ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.rule_hits ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.rule_hours ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.rule_suppressions ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.rules ENABLE ROW LEVEL SECURITY;

CREATE POLICY shared_delete ON public.rule_suppressions FOR DELETE USING ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[])) OR ((organization_id IS NULL) AND (COALESCE(current_setting('cibercase.is_everywhere'::text, true), ''::text) = 'on'::text))));

CREATE POLICY shared_delete ON public.rules FOR DELETE USING ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[])) OR ((organization_id IS NULL) AND (COALESCE(current_setting('cibercase.is_everywhere'::text, true), ''::text) = 'on'::text))));

CREATE POLICY shared_insert ON public.rule_suppressions FOR INSERT WITH CHECK ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[])) OR ((organization_id IS NULL) AND (COALESCE(current_setting('cibercase.is_everywhere'::text, true), ''::text) = 'on'::text))));

CREATE POLICY shared_insert ON public.rules FOR INSERT WITH CHECK ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[])) OR ((organization_id IS NULL) AND (COALESCE(current_setting('cibercase.is_everywhere'::text, true), ''::text) = 'on'::text))));

CREATE POLICY shared_read ON public.rule_suppressions FOR SELECT USING ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[])) OR (organization_id IS NULL)));

CREATE POLICY shared_read ON public.rules FOR SELECT USING ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[])) OR (organization_id IS NULL)));

CREATE POLICY shared_update ON public.rule_suppressions FOR UPDATE USING ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[])) OR ((organization_id IS NULL) AND (COALESCE(current_setting('cibercase.is_everywhere'::text, true), ''::text) = 'on'::text))));

CREATE POLICY shared_update ON public.rules FOR UPDATE USING ((( SELECT public.is_system() AS is_system) OR (organization_id = ANY (( SELECT public.current_organizations() AS current_organizations)::uuid[])) OR ((organization_id IS NULL) AND (COALESCE(current_setting('cibercase.is_everywhere'::text, true), ''::text) = 'on'::text))));

ALTER TABLE public.source_organizations ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.ticket_activity ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.ticket_gains ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.ticket_links ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.ticket_merge_members ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.ticket_merges ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.ticket_statuses ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.ticket_views ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.ticket_watchers ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.tickets ENABLE ROW LEVEL SECURITY;

REVOKE ALL ON FUNCTION public.drop_event_days(first_day date, moment timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION public.drop_event_days(first_day date, moment timestamp with time zone) TO cibercase_app;

REVOKE ALL ON FUNCTION public.drop_old_partitions(moment timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION public.drop_old_partitions(moment timestamp with time zone) TO cibercase_app;

REVOKE ALL ON FUNCTION public.ensure_partitions(moment timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION public.ensure_partitions(moment timestamp with time zone) TO cibercase_app;

REVOKE ALL ON FUNCTION public.event_days() FROM PUBLIC;
GRANT ALL ON FUNCTION public.event_days() TO cibercase_app;

REVOKE ALL ON FUNCTION public.expected_tickets(query tsquery) FROM PUBLIC;
GRANT ALL ON FUNCTION public.expected_tickets(query tsquery) TO cibercase_app;

REVOKE ALL ON FUNCTION public.mapping_sizes(sources uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.mapping_sizes(sources uuid[]) TO cibercase_app;

REVOKE ALL ON FUNCTION public.search_assets(query tsquery) FROM PUBLIC;
GRANT ALL ON FUNCTION public.search_assets(query tsquery) TO cibercase_app;

REVOKE ALL ON FUNCTION public.search_tickets(query tsquery, most integer, of_severity smallint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.search_tickets(query tsquery, most integer, of_severity smallint) TO cibercase_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.access_decisions TO cibercase_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.account_notices TO cibercase_app;

GRANT SELECT,INSERT,DELETE ON TABLE public.alarms TO cibercase_app;

GRANT SELECT,INSERT ON TABLE public.alert_counts TO cibercase_app;

GRANT SELECT,UPDATE ON TABLE public.alert_counts_taken TO cibercase_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.alert_keys TO cibercase_app;

GRANT SELECT,INSERT ON TABLE public.alert_payloads TO cibercase_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.alert_policies TO cibercase_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.alerts TO cibercase_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.asset_addresses TO cibercase_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.asset_relations TO cibercase_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.asset_revisions TO cibercase_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.assets TO cibercase_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.attachments TO cibercase_app;

GRANT SELECT,INSERT ON TABLE public.audit_checkpoints TO cibercase_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.audit_followers TO cibercase_app;

GRANT SELECT,INSERT ON TABLE public.audit_leaves TO cibercase_app;

GRANT SELECT,INSERT ON TABLE public.audit_nodes TO cibercase_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.audit_progress TO cibercase_app;

GRANT SELECT ON TABLE public.audit_records TO cibercase_app;

GRANT INSERT(id) ON TABLE public.audit_records TO cibercase_app;

GRANT INSERT(organization_id) ON TABLE public.audit_records TO cibercase_app;

GRANT INSERT(actor_kind) ON TABLE public.audit_records TO cibercase_app;

GRANT INSERT(actor_id) ON TABLE public.audit_records TO cibercase_app;

GRANT INSERT(actor_name) ON TABLE public.audit_records TO cibercase_app;

GRANT INSERT(action) ON TABLE public.audit_records TO cibercase_app;

GRANT INSERT(object_kind) ON TABLE public.audit_records TO cibercase_app;

GRANT INSERT(object_id) ON TABLE public.audit_records TO cibercase_app;

GRANT INSERT(object_reference) ON TABLE public.audit_records TO cibercase_app;

GRANT INSERT(detail) ON TABLE public.audit_records TO cibercase_app;

GRANT INSERT(ip) ON TABLE public.audit_records TO cibercase_app;

GRANT INSERT(request_id) ON TABLE public.audit_records TO cibercase_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.audit_witnessed TO cibercase_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.collector_positions TO cibercase_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.collector_reports TO cibercase_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.dashboard_count_changes TO cibercase_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.dashboard_counts TO cibercase_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.dashboard_snapshots TO cibercase_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.devices TO cibercase_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.passkeys TO cibercase_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.totp_factors TO cibercase_app;

GRANT SELECT ON TABLE public.enrolled_people TO cibercase_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.event_minutes TO cibercase_app;

GRANT SELECT,INSERT ON TABLE public.events TO cibercase_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.job_leases TO cibercase_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.linked_identities TO cibercase_app;

GRANT SELECT,INSERT,DELETE ON TABLE public.live_tickets TO cibercase_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.memberships TO cibercase_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.monitoring_findings TO cibercase_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.monitoring_networks TO cibercase_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.monitoring_processes TO cibercase_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.monitoring_sign_ins TO cibercase_app;

GRANT SELECT ON TABLE public.monitoring_speakers TO cibercase_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.monitoring_watch TO cibercase_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.notices TO cibercase_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.organizations TO cibercase_app;

GRANT SELECT,INSERT ON TABLE public.outbox TO cibercase_app;

GRANT SELECT ON TABLE public.partitioned_tables TO cibercase_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.passkey_challenges TO cibercase_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.provider_attempts TO cibercase_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.quarantine TO cibercase_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.recovery_codes TO cibercase_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.reference_counters TO cibercase_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.refresh_tokens TO cibercase_app;

GRANT SELECT,INSERT,DELETE ON TABLE public.revoked_tokens TO cibercase_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.rule_firings TO cibercase_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.rule_hits TO cibercase_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.rule_hours TO cibercase_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.rule_suppressions TO cibercase_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.rules TO cibercase_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.secret_readers TO cibercase_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.service_arrivals TO cibercase_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.sessions TO cibercase_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.sign_in_challenges TO cibercase_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.signing_keys TO cibercase_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.source_counts TO cibercase_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.source_minutes TO cibercase_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.source_networks TO cibercase_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.source_organizations TO cibercase_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.sources TO cibercase_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.ticket_activity TO cibercase_app;

GRANT SELECT,INSERT,DELETE ON TABLE public.ticket_gains TO cibercase_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.ticket_links TO cibercase_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.ticket_merge_members TO cibercase_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.ticket_merges TO cibercase_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.ticket_statuses TO cibercase_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.ticket_views TO cibercase_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.ticket_watchers TO cibercase_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.tickets TO cibercase_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.unknown_senders TO cibercase_app;

GRANT SELECT,INSERT,DELETE ON TABLE public.used_assertions TO cibercase_app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.users TO cibercase_app;
