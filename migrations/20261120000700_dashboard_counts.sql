-- Figures that are read often, counted as things happen: a dashboard over a million tickets reads a few hundred rows.

-- How many there are, by the hour they were made in. Tickets have a stage, a severity and, while open, an assignee;
-- alerts have none of these. Merged tickets do not count.
create table dashboard_counts (
    organization_id uuid not null,
    noun text not null check (noun in ('ticket', 'alert')),
    stage text not null default '',
    hour timestamptz not null,
    severity smallint not null default 0,
    assignee_id uuid,
    count bigint not null,
    constraint dashboard_counts_key unique nulls not distinct (organization_id, noun, stage, hour, severity, assignee_id)
);
call isolate_by_organization('dashboard_counts');

-- What is not yet added to the counts. Only ever appended to, so that writers never wait for each other; a job adds the
-- rows up, and readers add what is still here.
create table dashboard_count_changes (
    organization_id uuid not null,
    noun text not null,
    stage text not null default '',
    hour timestamptz not null,
    severity smallint not null default 0,
    assignee_id uuid,
    count bigint not null
);
create index dashboard_count_changes_organization on dashboard_count_changes (organization_id);
call isolate_by_organization('dashboard_count_changes');

-- How much was open at a time, for comparing with now.
create table dashboard_snapshots (
    organization_id uuid not null,
    at timestamptz not null,
    open bigint not null,
    new bigint not null,
    unassigned bigint not null,
    primary key (organization_id, at)
);
call isolate_by_organization('dashboard_snapshots');

create function count_new_tickets() returns trigger language plpgsql as $$
begin
    insert into dashboard_count_changes (organization_id, noun, stage, hour, severity, assignee_id, count)
    select organization_id, 'ticket', stage, date_trunc('hour', created_at, 'UTC'), severity,
           case when stage in ('new', 'in_progress', 'pending') then assignee_id end, count(*)
    from added where merged_into is null
    group by 1, 2, 3, 4, 5, 6;
    return null;
end $$;
create trigger tickets_count_new after insert on tickets referencing new table as added
    for each statement execute function count_new_tickets();

create function count_changed_tickets() returns trigger language plpgsql as $$
begin
    insert into dashboard_count_changes (organization_id, noun, stage, hour, severity, assignee_id, count)
    select organization_id, 'ticket', stage, hour, severity, assignee_id, sum(count)
    from (
        select organization_id, stage, date_trunc('hour', created_at, 'UTC') as hour, severity,
               case when stage in ('new', 'in_progress', 'pending') then assignee_id end as assignee_id, -1 as count
        from before where merged_into is null
        union all
        select organization_id, stage, date_trunc('hour', created_at, 'UTC'), severity,
               case when stage in ('new', 'in_progress', 'pending') then assignee_id end, 1
        from after where merged_into is null) as change
    group by organization_id, stage, hour, severity, assignee_id
    having sum(count) <> 0;
    return null;
end $$;
create trigger tickets_count_changed after update on tickets referencing old table as before new table as after
    for each statement execute function count_changed_tickets();

create function count_new_alerts() returns trigger language plpgsql as $$
begin
    -- An alert's id is the time it was made: UUIDv7 (RFC 9562) begins with the milliseconds since 1970.
    insert into dashboard_count_changes (organization_id, noun, hour, count)
    select organization_id, 'alert',
           date_trunc('hour', to_timestamp(('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint / 1000.0), 'UTC'),
           count(*)
    from added group by 1, 2, 3;
    return null;
end $$;
create trigger alerts_count_new after insert on alerts referencing new table as added
    for each statement execute function count_new_alerts();
