-- Nobody looks for rows by what stands within a document, yet counting its most common values was two thirds of what the
-- planner's statistics cost while a table is young and grows fast: more than one in twenty incidents that could have been taken.

create procedure keep_no_statistics_of_documents(target regclass)
    language plpgsql as $$
declare
    document name;
begin
    for document in select attname from pg_attribute
        where attrelid = target and atttypid = 'jsonb'::regtype and attnum > 0 and not attisdropped
    loop
        execute format('alter table %s alter column %I set statistics 0', target, document);
    end loop;
end $$;

-- A table's setting reaches the partitions it has, and none that it gets. Another's tables are another's.
do $$
declare
    target regclass;
begin
    for target in select oid from pg_class
        where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition
            and relowner = (select oid from pg_roles where rolname = current_user)
    loop
        call keep_no_statistics_of_documents(target);
    end loop;
end $$;

create or replace function ensure_partitions(moment timestamptz) returns integer
    language plpgsql security definer set search_path = public, pg_temp as $$
declare
    entry partitioned_tables;
    unit text;
    lower_bound timestamptz;
    made integer := 0;
    partition_name text;
    key name;
    bounds text;
begin
    -- One node at a time; the others find the work done.
    perform pg_advisory_xact_lock(hashtext('ensure_partitions'));
    for entry in select * from partitioned_tables loop
        unit := case when entry.period = interval '1 day' then 'day' else 'month' end;
        for step in 0 .. entry.ahead loop
            lower_bound := date_trunc(unit, moment at time zone 'UTC') at time zone 'UTC';
            lower_bound := ((lower_bound at time zone 'UTC') + step * entry.period) at time zone 'UTC';
            partition_name := entry.name || to_char(lower_bound at time zone 'UTC',
                case unit when 'day' then '_YYYYMMDD' else '_YYYYMM' end);
            if to_regclass(partition_name) is null then
                bounds := format('for values from (%L) to (%L)', uuidv7_floor(lower_bound),
                    uuidv7_floor(((lower_bound at time zone 'UTC') + entry.period) at time zone 'UTC'));
                begin
                    execute format('create table %I partition of %I %s', partition_name, entry.name, bounds);
                exception when check_violation then
                    -- A clock that was ahead has left rows of this period among the rest: they move.
                    select attname into strict key from pg_partitioned_table
                        join pg_attribute on attrelid = partrelid and attnum = partattrs[0]
                        where partrelid = entry.name::regclass;
                    execute format('create table %I (like %I including defaults including constraints)', partition_name, entry.name);
                    if entry.is_append_only then
                        -- Nobody writes there until this transaction ends, and nobody else may do this: the rows stay what they are.
                        execute format('alter table %I disable trigger refuse_change', entry.name || '_default');
                    end if;
                    execute format('with moved as (delete from %1$I where %2$I >= %3$L and %2$I < %4$L returning *)
                        insert into %5$I select * from moved', entry.name || '_default', key, uuidv7_floor(lower_bound),
                        uuidv7_floor(((lower_bound at time zone 'UTC') + entry.period) at time zone 'UTC'), partition_name);
                    if entry.is_append_only then
                        execute format('alter table %I enable trigger refuse_change', entry.name || '_default');
                    end if;
                    execute format('alter table %I attach partition %I %s', entry.name, partition_name, bounds);
                end;
                if entry.is_append_only then
                    call refuse_truncate_of(partition_name::regclass);
                end if;
                call keep_no_statistics_of_documents(partition_name::regclass);
                -- A partition is reached through its parent only: the parent's policy and grants hold.
                made := made + 1;
            end if;
        end loop;
    end loop;
    return made;
end $$;
