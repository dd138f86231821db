-- The tree over the audit log (RFC 6962): what makes a change of a record show. See docs/audit.md.

-- One leaf for each record, in the order of (xact, seq). Its hash is made of the record's canonical bytes.
create table audit_leaves (
    index bigint primary key check (index >= 0),
    record_id uuid not null unique,
    hash bytea not null check (length(hash) = 32)
);

-- Complete nodes above the leaves: of the leaves index << level up to (index + 1) << level.
create table audit_nodes (
    level smallint not null check (level between 1 and 63),
    index bigint not null,
    hash bytea not null check (length(hash) = 32),
    primary key (level, index)
);

-- What the log said of itself, signed: a note of three lines (C2SP tlog-checkpoint).
create table audit_checkpoints (
    size bigint primary key check (size > 0),
    root bytea not null check (length(root) = 32),
    note text not null,
    made_at timestamptz not null
);

-- How far records have become leaves: all settled ones up to (xact, seq), as this database cluster counts transactions.
create table audit_progress (
    is_only boolean primary key default true check (is_only),
    cluster text not null,
    xact xid8 not null,
    seq bigint not null
);

-- How far each who follows the log was told of it. Where a SIEM's next round begins.
create table audit_followers (
    name text primary key,
    kind text not null check (kind in ('witness', 'siem')),
    size bigint not null check (size >= 0),
    told_at timestamptz,
    problem text,
    failing_since timestamptz
);

-- The last checkpoint of each other log that this installation is a witness of.
create table audit_witnessed (
    origin text primary key,
    size bigint not null check (size > 0),
    root bytea not null check (length(root) = 32),
    note text not null,
    seen_at timestamptz not null
);

call keep_append_only('audit_leaves');
call keep_append_only('audit_nodes');
call keep_append_only('audit_checkpoints');
grant select, insert on audit_leaves, audit_nodes, audit_checkpoints to cibercase_app;
grant select, insert, update on audit_progress to cibercase_app;
grant select, insert, update on audit_followers, audit_witnessed to cibercase_app;
