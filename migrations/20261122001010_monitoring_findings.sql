-- The processes of the installation, and what each finds wrong where it runs.
create table monitoring_processes (
    id uuid primary key,
    host text not null,
    roles text[] not null,
    seen_at timestamptz not null,
    findings jsonb not null
);

-- What is wrong with the installation now, and when it was last told.
create table monitoring_findings (
    kind text not null,
    subject text not null,
    summary text not null,
    since timestamptz not null,
    told_at timestamptz not null,
    primary key (kind, subject)
);

grant select, insert, update, delete on monitoring_processes, monitoring_findings to cibercase_app;
