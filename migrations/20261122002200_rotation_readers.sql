-- Which value of a secret each process uses, and the latest that it knows: what nobody lacks may be used, and what nobody uses
-- may be forgotten.
create table secret_readers (
    process_id uuid not null,
    name text not null,
    used integer not null,
    known integer not null,
    -- Of the latest that it knows, the first bytes of a hash: the same number may stand for another value elsewhere.
    digest bytea not null,
    seen_at timestamptz not null,
    primary key (process_id, name)
);
grant select, insert, update, delete on secret_readers to cibercase_app;
