-- Which version each process is, what it takes of its machine and how it answers; of those that an older version has written
-- neither is known.
alter table monitoring_processes
    add column version text,
    add column figures jsonb not null default '{}';

-- How grave it is what is wrong: what was found before says so at the next look, within a minute.
alter table monitoring_findings
    add column severity smallint not null default 3 check (severity between 1 and 5);
