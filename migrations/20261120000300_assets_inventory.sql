-- The CMDB: what an organization has, how much it matters and who answers for it.

create table assets (
    id uuid primary key,
    organization_id uuid not null references organizations (id),
    name text not null,
    -- Names are unique and sorted without regard to case.
    name_key text not null generated always as (lower(name)) stored,
    kind text not null check (kind in ('server', 'workstation', 'network', 'firewall', 'database', 'application', 'cloud', 'iot', 'mobile', 'other')),
    criticality text not null check (criticality in ('low', 'medium', 'high', 'critical')),
    -- Sorts as it ranks.
    criticality_rank smallint not null generated always as (
        case criticality when 'low' then 1 when 'medium' then 2 when 'high' then 3 else 4 end) stored,
    state text not null check (state in ('planned', 'active', 'retired')),
    owner text,
    department text,
    description text,
    is_internet_facing boolean not null default false,
    hostnames text[] not null default '{}',
    tags text[] not null default '{}',
    -- Folded words of name, hostnames, addresses, owner, department, tags and description.
    terms tsvector not null default '',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    version integer not null default 1,
    -- What belongs to an asset names its organization too, so that nothing links two organizations.
    constraint assets_organization_key unique (organization_id, id)
);
create unique index assets_name_key on assets (organization_id, name_key);
create index assets_by_criticality on assets (organization_id, criticality_rank, id);
create index assets_by_updated_at on assets (organization_id, updated_at, id);
create index assets_terms on assets using gin (terms);
create trigger assets_touch before update on assets for each row execute function touch_updated_at();
call isolate_by_organization('assets');

-- The owner searches the word index on behalf of the caller, in the one function below; the application's role never does.
alter table assets no force row level security;

-- The assets of the caller's organizations that have the words. A text comparison may not reach an index under row-level
-- security, for it could tell of rows it must not see; so the owner looks, and compares the organizations itself. It
-- answers ids only: every row is read again under row-level security.
create function search_assets(query tsquery) returns setof uuid
    language sql stable security definer parallel safe rows 1000 set search_path = public, pg_temp
    as $$
        select asset.id from assets asset
        where asset.terms @@ query and asset.organization_id = any ((select current_organizations())::uuid[])
    $$;
revoke all on function search_assets(tsquery) from public;
grant execute on function search_assets(tsquery) to cibercase_app;

create table asset_addresses (
    organization_id uuid not null,
    asset_id uuid not null,
    address cidr not null,
    primary key (asset_id, address),
    constraint asset_addresses_asset foreign key (organization_id, asset_id)
        references assets (organization_id, id) on delete cascade
);
-- One address names one asset: who is 10.0.0.5 has one answer.
create unique index asset_addresses_key on asset_addresses (organization_id, address);
call isolate_by_organization('asset_addresses');

create table asset_relations (
    id uuid primary key,
    organization_id uuid not null,
    asset_id uuid not null,
    kind text not null check (kind in ('depends_on', 'runs_on', 'connects_to', 'part_of')),
    other_asset_id uuid not null,
    constraint asset_relations_key unique (asset_id, kind, other_asset_id),
    constraint asset_relations_not_self check (asset_id <> other_asset_id),
    constraint asset_relations_asset foreign key (organization_id, asset_id)
        references assets (organization_id, id) on delete cascade,
    constraint asset_relations_other_asset foreign key (organization_id, other_asset_id)
        references assets (organization_id, id) on delete cascade
);
create index asset_relations_other on asset_relations (other_asset_id);
call isolate_by_organization('asset_relations');

-- Counts up with every change of an organization's assets, so that every node knows its look-up table is old. Writers
-- take this row first: changes to one organization's assets happen one after the other.
create table asset_revisions (
    organization_id uuid primary key references organizations (id),
    revision bigint not null
);
call isolate_by_organization('asset_revisions');
