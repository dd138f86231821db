-- The CMDB: what an organization has, how much it matters and who answers for it.

create table assets (
    id uuid primary key,
    organization_id uuid not null references organizations (id),
    name text not null,
    kind text not null check (kind in ('server', 'workstation', 'network', 'firewall', 'database', 'application', 'cloud', 'iot', 'mobile', 'other')),
    criticality text not null check (criticality in ('low', 'medium', 'high', 'critical')),
    state text not null check (state in ('planned', 'active', 'retired')),
    owner text,
    department text,
    description text,
    is_internet_facing boolean not null default false,
    hostnames text[] not null default '{}',
    tags text[] not null default '{}',
    terms tsvector not null default '',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    version integer not null default 1
);
create unique index assets_name_key on assets (organization_id, lower(name));
create index assets_page on assets (organization_id, id);
create index assets_terms on assets using gin (terms);
create trigger assets_touch before update on assets for each row execute function touch_updated_at();
call isolate_by_organization('assets');

create table asset_addresses (
    organization_id uuid not null,
    asset_id uuid not null references assets (id) on delete cascade,
    address cidr not null,
    primary key (asset_id, address)
);
-- One address names one asset: who is 10.0.0.5 has one answer.
create unique index asset_addresses_key on asset_addresses (organization_id, address);
call isolate_by_organization('asset_addresses');

create table asset_relations (
    id uuid primary key,
    organization_id uuid not null,
    asset_id uuid not null references assets (id) on delete cascade,
    kind text not null check (kind in ('depends_on', 'runs_on', 'connects_to', 'part_of')),
    other_asset_id uuid not null references assets (id) on delete cascade,
    constraint asset_relations_key unique (asset_id, kind, other_asset_id),
    constraint asset_relations_not_self check (asset_id <> other_asset_id)
);
create index asset_relations_other on asset_relations (other_asset_id);
call isolate_by_organization('asset_relations');

-- Counts up with every change of an organization's assets, so that every node knows its look-up table is old.
create table asset_revisions (
    organization_id uuid primary key,
    revision bigint not null
);
call isolate_by_organization('asset_revisions');
