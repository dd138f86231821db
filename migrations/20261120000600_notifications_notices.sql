-- What a person should know of: assigned to you, mentioned you, changed what you watch.

create table notices (
    id uuid primary key,
    organization_id uuid not null,
    user_id uuid not null references users (id),
    kind text not null check (kind in ('assigned', 'mentioned', 'watched')),
    ticket_id uuid not null,
    actor_id uuid,
    actor_name text not null,
    excerpt text,
    created_at timestamptz not null default now(),
    read_at timestamptz
);
create index notices_inbox on notices (user_id, id desc);
create index notices_unread on notices (user_id) where read_at is null;
call isolate_by_organization('notices');
