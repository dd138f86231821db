-- How far the audit log was met with the rules, and what they remember there.
create table monitoring_watch (
    is_only boolean primary key default true check (is_only),
    -- What was recorded before is learned from, and judged no more.
    began_at timestamptz not null,
    -- Leaves of the audit log's tree that were seen.
    position bigint not null check (position >= 0),
    memory jsonb
);

-- The networks that people signed in from: a sign-in from none of them is news.
create table monitoring_networks (
    user_id uuid not null,
    network cidr not null,
    last_seen_at timestamptz not null,
    primary key (user_id, network)
);

-- Sign-ins by the minute.
create table monitoring_sign_ins (
    minute timestamptz primary key,
    succeeded bigint not null default 0,
    failed bigint not null default 0,
    services_failed bigint not null default 0
);

grant select, insert, update on monitoring_watch to cibercase_app;
grant select, insert, update, delete on monitoring_networks, monitoring_sign_ins to cibercase_app;
