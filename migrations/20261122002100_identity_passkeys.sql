-- Passkeys (W3C Web Authentication): keys that people's telephones, laptops and security keys keep for us.

create table passkeys (
    id uuid primary key,
    user_id uuid not null references users (id),
    name text not null,
    -- The authenticator's own name of the key.
    credential_id bytea not null unique,
    -- The public key, sealed with a secret that the database never sees, under the user's id and the credential's.
    sealed_public_key bytea not null,
    -- Signatures so far, of authenticators that count.
    counter bigint not null,
    -- Whether the authenticator knew its person when the key was made; it must do so ever after.
    is_verified boolean not null,
    may_be_copied boolean not null,
    -- How the browser may reach it: internal, hybrid, usb, nfc, ble.
    transports text[] not null,
    created_at timestamptz not null,
    last_used_at timestamptz
);
create index passkeys_user_id on passkeys (user_id, id);
grant select, insert, update, delete on passkeys to cibercase_app;

-- What a browser was asked to sign: one for each thing it is bound to, good once.
create table passkey_challenges (
    -- SHA-256 of the purpose with the session or the cookie that it is for.
    bound_to bytea primary key,
    user_id uuid not null references users (id),
    challenge bytea not null,
    expires_at timestamptz not null
);
create index passkey_challenges_expires_at on passkey_challenges (expires_at);
create index passkey_challenges_user_id on passkey_challenges (user_id);
grant select, insert, update, delete on passkey_challenges to cibercase_app;

-- Whoever stands here is asked for more than the password.
create view enrolled_people as
select user_id from totp_factors where confirmed_at is not null
union
select user_id from passkeys;
grant select on enrolled_people to cibercase_app;
