-- Syslog: how far what was accepted is kept, who sends without being known, how each process's listeners fare.

create table collector_positions (
    -- The spool's identity: of one directory of one process.
    spool uuid primary key,
    -- Everything before it is kept.
    position bigint not null,
    -- What rules have seen of the past, and up to where.
    state_position bigint not null default 0,
    state bytea,
    updated_at timestamptz not null default now()
);
grant select, insert, update, delete on collector_positions to cibercase_app;

create table unknown_senders (
    address inet primary key,
    transport text not null,
    messages bigint not null,
    first_seen_at timestamptz not null,
    last_seen_at timestamptz not null,
    -- The beginning of the last message; nothing of those that were not let speak.
    sample text not null default ''
);
create index unknown_senders_last_seen on unknown_senders (last_seen_at desc, address);
grant select, insert, update, delete on unknown_senders to cibercase_app;

-- What each process says of its listeners, every few seconds.
create table collector_reports (
    node uuid primary key,
    reported_at timestamptz not null,
    report jsonb not null
);
grant select, insert, update, delete on collector_reports to cibercase_app;
