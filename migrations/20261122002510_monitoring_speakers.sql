-- One process of each machine and roles speaks for all that ran there: the last that was heard of.
create view monitoring_speakers as
select distinct on (host, roles) id from monitoring_processes order by host, roles, seen_at desc, id desc;
grant select on monitoring_speakers to cibercase_app;
