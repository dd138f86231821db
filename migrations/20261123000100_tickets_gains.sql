-- What tickets gain by the alerts of a storm and have not yet taken over. Only ever appended to by batches: a wide row that each
-- of them changed would be locked until its commit, so that writers went one after the other, and leave as many dead versions
-- with all their index entries. Tickets take it over within a second, and readers add what is still here.
create table ticket_gains (
    id uuid primary key,
    organization_id uuid not null,
    ticket_id uuid not null,
    alerts integer not null,
    occurrences bigint not null,
    severity smallint not null,
    urgency smallint not null,
    urgency_score smallint not null,
    -- JSON as the ticket will have it; nobody looks into it here.
    urgency_terms text not null,
    offers_suppression boolean not null,
    last_seen_at timestamptz not null
);
create index ticket_gains_ticket on ticket_gains (organization_id, ticket_id);
call isolate_by_organization('ticket_gains', 'select, insert, delete');
