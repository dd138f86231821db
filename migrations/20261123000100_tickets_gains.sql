-- What tickets gain by the alerts of a storm, appended: a wide row that every batch changed would be locked until each commit,
-- so that writers went one after the other, and leave as many dead versions with all their index entries. Tickets take it
-- over within a second, each row once, up to the same place as what repeats: see docs/decisions on storms.
create table ticket_gains (
    id uuid not null,
    xact xid8 not null default pg_current_xact_id(),
    organization_id uuid not null,
    ticket_id uuid not null,
    alerts integer not null,
    occurrences bigint not null,
    severity smallint not null,
    urgency smallint not null,
    urgency_score smallint not null,
    -- JSON as the ticket will have it; nobody looks into it here.
    urgency_terms text not null,
    last_seen_at timestamptz not null
) partition by range (id);
create table ticket_gains_default partition of ticket_gains default;
create index ticket_gains_xact on ticket_gains (xact);
insert into partitioned_tables values ('ticket_gains', '1 day', 1, '3 days');
call isolate_by_organization('ticket_gains', 'select, insert');
select ensure_partitions(now());

drop function pending_alert_counts(uuid, uuid[]);

-- What these tickets have not yet taken over: of alerts that were repeated, and of storms.
create function pending_ticket_counts(organization uuid, tickets uuid[])
    returns table (alerts bigint, occurrences bigint, last_seen_at timestamptz) language sql stable
    as $$
        select coalesce(gained.alerts, 0),
               least(coalesce(repeated.occurrences, 0) + coalesce(gained.occurrences, 0), 9007199254740991)::bigint,
               greatest(repeated.last_seen_at, gained.last_seen_at)
        from (select sum(greatest(latest.occurrences - alert.occurrences, 0)) as occurrences,
                     max(latest.last_seen_at) as last_seen_at
              from (select alert_id, max(occurrences) as occurrences, max(last_seen_at) as last_seen_at
                    -- In this order and limited, so that it is read by its index, however much was taken over before.
                    from (select * from alert_counts
                          where organization_id = organization and xact >= (select until from alert_counts_taken)
                          order by xact limit 100000) as untaken
                    group by alert_id) as latest
              join alerts alert on alert.organization_id = organization and alert.id = latest.alert_id
              where alert.ticket_id = any (tickets)) as repeated,
             (select sum(alerts) as alerts, sum(occurrences) as occurrences, max(last_seen_at) as last_seen_at
              from (select * from ticket_gains
                    where organization_id = organization and xact >= (select until from alert_counts_taken)
                    order by xact limit 100000) as untaken
              where ticket_id = any (tickets)) as gained
    $$;
