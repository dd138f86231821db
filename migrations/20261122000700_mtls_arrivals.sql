-- How services came: with a certificate of their own, or as strict mutual TLS would refuse them. What is seen is counted,
-- at most a thousand addresses for each service and way; beyond them an address is not written down.
create table service_arrivals (
    service text not null,
    arrival text not null
        check (arrival in ('certified', 'without_certificate', 'foreign_certificate', 'unbound_token')),
    address inet,
    first_seen_at timestamptz not null,
    last_seen_at timestamptz not null,
    times bigint not null check (times > 0),
    constraint service_arrivals_key unique nulls not distinct (service, arrival, address)
);
grant select, insert, update, delete on service_arrivals to cibercase_app;
