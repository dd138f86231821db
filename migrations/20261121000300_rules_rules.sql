-- Rules over events, what keeps them quiet, how often they are met, and why they made which alert.

-- A rule without an organization is for all of them. Built-in ones are written by the program's start; people change
-- their settings only.
create table rules (
    id uuid primary key,
    organization_id uuid references organizations (id),
    origin text not null check (origin in ('built_in', 'own')),
    -- The id within the text: an import of the same rule replaces it.
    sigma_id text,
    title text not null,
    description text,
    yaml text not null,
    own_severity smallint not null check (own_severity between 1 and 5),
    -- `event_count` and its like; null for rules about single events.
    kind text,
    log_sources text[] not null,
    techniques text[] not null,
    tactics text[] not null,
    -- Settings; null leaves it to the rule.
    is_enabled boolean not null,
    severity smallint check (severity between 1 and 5),
    threshold integer check (threshold > 0),
    throttle_seconds integer check (throttle_seconds >= 0),
    created_by uuid,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    version integer not null default 1
);
create index rules_page on rules (lower(title), id);
create unique index rules_sigma_key on rules (organization_id, sigma_id) nulls not distinct
    where origin = 'own' and sigma_id is not null;
create trigger rules_touch before update on rules for each row execute function touch_updated_at();

-- Keeps a rule quiet until a date: about all events, or those where a field has a value.
create table rule_suppressions (
    id uuid primary key,
    rule_id uuid not null references rules (id) on delete cascade,
    organization_id uuid references organizations (id),
    field text,
    value text,
    until timestamptz not null,
    reason text not null,
    created_by uuid,
    created_at timestamptz not null default now(),
    constraint rule_suppressions_pair check ((field is null) = (value is null))
);
create index rule_suppressions_rule on rule_suppressions (rule_id, id);

-- What is for every organization is read by all, and changed by who may do so everywhere.
create procedure isolate_with_shared_rows(target regclass) language plpgsql as $$
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
call isolate_with_shared_rows('rules');
call isolate_with_shared_rows('rule_suppressions');

-- Events that met a rule, by the hour.
create table rule_hits (
    rule_id uuid not null,
    organization_id uuid not null,
    hour timestamptz not null,
    hits bigint not null,
    last_at timestamptz not null,
    primary key (rule_id, organization_id, hour)
);
call isolate_by_organization('rule_hits');

-- Why a rule made an alert, as it was when it last fired.
create table rule_firings (
    alert_id uuid not null,
    organization_id uuid not null,
    rule_id uuid not null,
    firings integer not null default 1,
    fired_at timestamptz not null default now(),
    why jsonb not null,
    primary key (organization_id, alert_id)
) partition by range (alert_id);
create table rule_firings_default partition of rule_firings default;
insert into partitioned_tables values ('rule_firings', '1 month', 2, null);
call isolate_by_organization('rule_firings', 'select, insert, update');
