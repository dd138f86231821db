-- Browsers that somebody has signed in with: another one is worth a notice.

create table devices (
    user_id uuid not null references users (id),
    -- SHA-256 of a cookie's value.
    token_hash bytea not null,
    created_at timestamptz not null,
    last_seen_at timestamptz not null,
    primary key (user_id, token_hash)
);
create index devices_token_hash on devices (token_hash);
create index devices_last_seen_at on devices (last_seen_at);
grant select, insert, update, delete on devices to cibercase_app;
