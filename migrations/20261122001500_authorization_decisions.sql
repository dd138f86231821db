-- What was decided about people of late: decisions of a day that were alike are one row. They are counted in memory and
-- added every few seconds; a killed process loses the counts of those seconds, never a record of the audit log.
create table access_decisions (
    day date not null,
    user_id uuid not null references users on delete cascade,
    -- Null: by a role in all organizations.
    organization_id uuid references organizations on delete cascade,
    permission text not null,
    is_allowed boolean not null,
    -- As they were the last time: names separated by commas, ids of policies by spaces.
    roles text not null,
    reasons text not null,
    count bigint not null,
    last_address inet,
    last_at timestamptz not null,
    constraint access_decisions_alike unique nulls not distinct (user_id, permission, is_allowed, organization_id, day)
);
create index access_decisions_day on access_decisions (day);

alter table access_decisions enable row level security;
alter table access_decisions force row level security;
create policy decisions_read on access_decisions for select using (
    (select is_system()) or organization_id = any ((select current_organizations())::uuid[])
    or (organization_id is null and coalesce(current_setting('cibercase.is_everywhere', true), '') = 'on'));
-- Only the platform's own background work writes them.
create policy decisions_write on access_decisions for all using ((select is_system())) with check ((select is_system()));
grant select, insert, update, delete on access_decisions to cibercase_app;
