-- Who makes alerts and tickets (three statements in all) counts them, and gives new tickets the words of their state, in the
-- same statement: a trigger for each batch and each row was a tenth of what an incident costs the database. What changes a
-- ticket is counted and worded by triggers as before, for there are many who change one. No version was released before this: a
-- process from before may not go on beside it.
drop trigger alerts_count_new on alerts;
drop trigger tickets_count_new on tickets;
drop trigger tickets_state_words_new on tickets;
drop function count_new_alerts();
drop function count_new_tickets();

create or replace function keep_ticket_state_words() returns trigger language plpgsql as $$
begin
    new.terms := ts_delete(new.terms, ticket_state_words(old.stage, old.severity, old.urgency_score,
            old.verdict, old.status_key, old.merged_into is not null, old.id))
        || array_to_tsvector(ticket_state_words(new.stage, new.severity, new.urgency_score,
            new.verdict, new.status_key, new.merged_into is not null, new.id));
    return new;
end $$;
