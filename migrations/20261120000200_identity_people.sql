-- Organizations, the people who work for them, and their sessions.

create table organizations (
    id uuid primary key,
    name text not null,
    slug text not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    version integer not null default 1,
    constraint organizations_slug_key unique (slug)
);
create unique index organizations_name_key on organizations (lower(name));
create trigger organizations_touch before update on organizations for each row execute function touch_updated_at();
grant select, insert, update on organizations to cibercase_app;

create table users (
    id uuid primary key,
    -- Lower-cased by the application.
    email text not null,
    display_name text not null,
    password_hash text not null,
    -- Counts the passwords there have been; a better hash of the same one does not count.
    password_generation integer not null default 1,
    must_change_password boolean not null default true,
    is_active boolean not null default true,
    -- Stands for a registered service, so that what it does has somebody's name; nobody signs in as it.
    is_service boolean not null default false,
    locale text check (locale in ('es', 'en')),
    color_scheme text not null default 'auto' check (color_scheme in ('light', 'dark', 'auto')),
    preferences jsonb not null default '{}',
    last_sign_in_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    version integer not null default 1,
    constraint users_email_key unique (email)
);
-- The order of the list of users.
create index users_display_name on users (lower(display_name), id);
create trigger users_touch before update on users for each row execute function touch_updated_at();
grant select, insert, update on users to cibercase_app;

-- A role in one organization; without an organization, in all of them.
create table memberships (
    user_id uuid not null references users (id),
    organization_id uuid references organizations (id),
    role text not null,
    constraint memberships_key unique nulls not distinct (user_id, organization_id)
);
create index memberships_organization on memberships (organization_id);
grant select, insert, update, delete on memberships to cibercase_app;

create table sessions (
    id uuid primary key,
    user_id uuid not null references users (id),
    kind text not null check (kind in ('browser', 'token')),
    -- SHA-256 of the cookie's value; null for token sessions, which live through their refresh tokens.
    token_hash bytea unique,
    created_at timestamptz not null,
    last_seen_at timestamptz not null,
    expires_at timestamptz not null,
    revoked_at timestamptz,
    revoked_reason text,
    ip inet,
    user_agent text
);
create index sessions_user on sessions (user_id, last_seen_at desc);
-- For removing what has long been over.
create index sessions_expires_at on sessions (expires_at);
grant select, insert, update, delete on sessions to cibercase_app;

create table refresh_tokens (
    token_hash bytea primary key,
    session_id uuid not null references sessions (id) on delete cascade,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz
);
create index refresh_tokens_session on refresh_tokens (session_id);
grant select, insert, update, delete on refresh_tokens to cibercase_app;
