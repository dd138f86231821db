-- Second factors: codes of an authenticator app (RFC 6238), recovery codes, and sign-ins that wait for one of them.

create table totp_factors (
    user_id uuid primary key references users (id),
    -- Sealed with a secret that the database never sees, under the user's id.
    sealed_secret bytea not null,
    created_at timestamptz not null,
    -- Null until a code has shown that the app has the secret; until then nobody is asked for one.
    confirmed_at timestamptz,
    -- The last half minute whose code was used: neither it nor an earlier one is good again.
    last_step bigint not null default 0,
    last_used_at timestamptz
);
grant select, insert, update, delete on totp_factors to cibercase_app;

create table recovery_codes (
    user_id uuid not null references users (id),
    -- SHA-256 of eighty random bits.
    code_hash bytea not null,
    created_at timestamptz not null,
    used_at timestamptz,
    primary key (user_id, code_hash)
);
grant select, insert, update, delete on recovery_codes to cibercase_app;

-- Somebody has proven their password in a browser and is asked for the second factor.
create table sign_in_challenges (
    -- SHA-256 of a cookie's value.
    token_hash bytea primary key,
    user_id uuid not null references users (id),
    -- The password that was proven; another one since then ends the challenge.
    password_generation integer not null,
    expires_at timestamptz not null,
    tries integer not null default 0
);
create index sign_in_challenges_expires_at on sign_in_challenges (expires_at);
grant select, insert, update, delete on sign_in_challenges to cibercase_app;

alter table sessions
    -- Whether a second factor was shown in this session.
    add column has_second_factor boolean not null default false,
    -- When its person last proved to be there; null for when it was opened.
    add column proven_at timestamptz;
