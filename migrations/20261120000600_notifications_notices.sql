-- What a person should know of: assigned to you, mentioned you, changed what you watch.

create table notices (
    id uuid primary key,
    organization_id uuid not null,
    user_id uuid not null references users (id),
    kind text not null check (kind in ('assigned', 'mentioned', 'watched')),
    -- What the notice is about, as it was called then.
    ticket_id uuid not null,
    ticket_reference text not null,
    ticket_title text not null,
    actor_id uuid,
    actor_name text not null,
    excerpt text,
    created_at timestamptz not null,
    read_at timestamptz
);
create index notices_inbox on notices (user_id, id desc);
create index notices_unread on notices (user_id) where read_at is null;
call isolate_by_organization('notices');
