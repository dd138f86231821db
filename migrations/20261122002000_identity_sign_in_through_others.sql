-- Signing in through others: who somebody is at a provider of OpenID Connect or in a directory, and sign-ins under way.

alter table users
    -- Where the account comes from: made here, by a provider's word, or by the directory's.
    add column source text not null default 'local' check (source in ('local', 'provider', 'directory'));

create table linked_identities (
    -- The provider's address, exactly as it spells itself; `directory` for LDAP.
    issuer text not null,
    -- What the issuer never gives to somebody else.
    subject text not null,
    user_id uuid not null references users (id),
    -- The provider's name in the settings when it was linked.
    provider text not null,
    linked_at timestamptz not null,
    last_used_at timestamptz,
    primary key (issuer, subject),
    constraint linked_identities_user_key unique (user_id, issuer)
);
grant select, insert, update, delete on linked_identities to cibercase_app;

-- A browser was sent to a provider and is awaited back.
create table provider_attempts (
    -- SHA-256 of the state that the provider hands back.
    state_hash bytea primary key,
    -- SHA-256 of the browser's cookie, of which nonce and code verifier are derived: neither is kept.
    browser_hash bytea not null,
    provider text not null,
    -- Who links the provider to their account, in which session; null for a sign-in.
    user_id uuid references users (id),
    session_id uuid references sessions (id) on delete cascade,
    expires_at timestamptz not null,
    check ((user_id is null) = (session_id is null))
);
create index provider_attempts_expires_at on provider_attempts (expires_at);
grant select, insert, update, delete on provider_attempts to cibercase_app;
