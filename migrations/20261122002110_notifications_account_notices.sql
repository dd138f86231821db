-- What a person should know of their own account: they belong to nobody's organization.

create table account_notices (
    id uuid primary key,
    user_id uuid not null references users (id),
    kind text not null check (kind in ('new_device', 'second_factor_added', 'second_factor_removed', 'second_factor_reset',
                                       'password_changed', 'password_reset', 'recovery_code_used')),
    -- What a passkey was called; null for an authenticator app.
    subject text,
    ip inet,
    user_agent text,
    actor_id uuid,
    actor_name text not null,
    created_at timestamptz not null,
    read_at timestamptz
);
create index account_notices_inbox on account_notices (user_id, id desc);
create index account_notices_unread on account_notices (user_id) where read_at is null;
grant select, insert, update, delete on account_notices to cibercase_app;
