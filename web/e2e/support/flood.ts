import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { command } from './server';
import { type Organization, theWorld } from './world';

/** Runs SQL as the owner of the test's own database: for amounts that no sender would deliver in time. */
async function sql(text: string): Promise<void> {
  const world = theWorld();
  const { secret } = (await command(world, 'secrets', 'show', 'database-superuser-password')) as { secret: string };
  const socket = join(world.dataDirectory, 'postgres-socket');
  const options = ['--no-psqlrc', '--quiet', '--set', 'ON_ERROR_STOP=1', '--username', 'postgres'];
  await promisify(execFile)('psql', [...options, '--host', socket, '--dbname', 'cibercase', '--command', text], {
    env: { PATH: process.env.PATH, PGPASSWORD: secret },
  });
}

/** Tickets `F-1` to `F-<count>`, one a second until an hour ago; the last is the newest. */
export async function flood({ id }: Organization, count: number): Promise<void> {
  await sql(`
    insert into tickets (id, organization_id, reference, title, stage, severity, urgency, urgency_score, urgency_terms,
                         rule_id, rule_name, source_ip, alert_count, occurrences,
                         first_seen_at, last_seen_at, created_at, updated_at, terms)
    select id, '${id}', 'F-' || number, 'Several failed sign-ins of one account, number ' || number,
           stage, severity, least(5, 2 + number % 5), score, '[]',
           'PH_RULE_FLOOD', 'Failed sign-ins', ('198.51.100.' || number % 256)::inet, 1 + number % 7, 1 + number % 900,
           at, at, at, at,
           array_to_tsvector(array['flood', '=o:${id}'] || ticket_state_words(stage, severity, score, null, null, false, id))
      from generate_series(1, ${count}) as number,
           lateral (select now() - make_interval(secs => 3600 + ${count} - number) as at) as times,
           lateral (select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '70008000' || lpad(to_hex(number), 12, '0'))::uuid as id,
                           case when number % 10 = 0 then 'in_progress' else 'new' end as stage,
                           (1 + number % 5)::smallint as severity, ((1 + number % 5) * 20)::smallint as score) as made;
    analyze tickets;`);
}
