-- The keys that sign access tokens. Every node reads them here; what signs is sealed with a secret that the database
-- never sees.
create table signing_keys (
    -- The thumbprint of the public half (RFC 7638).
    kid text primary key,
    phase text not null check (phase in ('prepared', 'active', 'tainted', 'revoked')),
    public_x text not null,
    public_y text not null,
    -- PKCS#8 under AES-256-GCM; gone as soon as the key signs no more.
    sealed_private_key bytea,
    prepared_at timestamptz not null,
    activated_at timestamptz,
    tainted_at timestamptz,
    revoked_at timestamptz,
    constraint signing_keys_sealed check ((sealed_private_key is not null) = (phase in ('prepared', 'active')))
);
-- One key signs, and one waits for its turn.
create unique index signing_keys_turn on signing_keys (phase) where phase in ('prepared', 'active');
grant select, insert, update on signing_keys to cibercase_app;

-- Access tokens of services that were ended before their time; every node holds these in memory.
create table revoked_tokens (
    jti uuid primary key,
    expires_at timestamptz not null
);
create index revoked_tokens_expires_at on revoked_tokens (expires_at);
grant select, insert, delete on revoked_tokens to cibercase_app;

-- Assertions by which services have proven who they are, as hashes: none is good twice.
create table used_assertions (
    assertion_hash bytea primary key,
    expires_at timestamptz not null
);
create index used_assertions_expires_at on used_assertions (expires_at);
grant select, insert, delete on used_assertions to cibercase_app;
