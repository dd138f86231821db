use std::collections::BTreeSet;

use sqlx::Connection;
use testkit::{Actor, TestApp, Value};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;
use vocab::SourceId;

use crate::support::{FORTIGATE, id_of, keep_as, kept};

async fn found(who: &Actor, query: &str) -> Vec<Value> {
    who.get(&format!("/api/v1/events?{query}")).await.items()
}

#[tokio::test]
async fn an_event_is_found_by_each_of_its_columns_and_by_no_other_value() {
    let app = TestApp::start(vec![events::module()]).await;
    let acme = app.organization("Acme").await;
    let (source, rule) = (SourceId::new(), Uuid::now_v7());
    let id = id_of(app.app.clock.now() - Duration::minutes(3), 0);
    keep_as(&app, &acme, source, FORTIGATE.as_bytes(), id, vec![rule]).await;
    kept(&app, &acme, SourceId::new(), b"nothing that a format fits", Duration::minutes(2)).await;
    let ana = app.an_analyst_of(&acme).await;
    let by_source = format!("source_id={}", source.uuid());
    let by_rule = format!("rule_id={rule}");
    let filters = [
        "ip=10.20.0.7",
        "ip=198.51.100.0/24",
        "source_ip=10.20.0.0/16",
        "destination_ip=198.51.100.9",
        "user=jperez",
        "user=JP%C3%89REZ",
        "action=deny",
        "action=DENY",
        "event_code=0000000013",
        "device=fgt-edge-01",
        "format=fortigate_key_value",
        "unparsed=false",
        "text=CONEXION%20salida",
        &by_source,
        &by_rule,
    ];
    for filter in filters {
        let items = found(&ana, filter).await;
        assert_eq!(items.len(), 1, "{filter}");
        assert_eq!(items[0]["id"], id.to_string(), "{filter}");
        let counted = ana.get(&format!("/api/v1/events/histogram?{filter}")).await.expect(200);
        assert_eq!(counted["buckets"][0]["total"], 1, "{filter}");
    }
    for filter in [
        "ip=10.20.0.8",
        "destination_ip=10.20.0.7",
        "user=perez",
        "text=conexion%20missing",
        "to=2026-01-01T00:00:00Z",
    ] {
        assert_eq!(found(&ana, filter).await.len(), 0, "{filter}");
    }
    assert_eq!(found(&ana, "unparsed=true").await[0]["unparsed"], "unknown_format");
    assert_eq!(found(&ana, "").await.len(), 2);
}

#[tokio::test]
async fn another_organization_s_events_are_not_there() {
    let app = TestApp::start(vec![events::module()]).await;
    let (acme, other) = (app.organization("Acme").await, app.organization("Other").await);
    let id = kept(&app, &acme, SourceId::new(), FORTIGATE.as_bytes(), Duration::ZERO).await;
    let stranger = app.an_analyst_of(&other).await;
    assert!(found(&stranger, "text=deny").await.is_empty());
    assert!(found(&stranger, &format!("organization_id={}", acme.id)).await.is_empty());
    stranger.get(&format!("/api/v1/events/{id}")).await.expect_problem(404, "not_found");
    let counted = stranger.get("/api/v1/events/histogram").await.expect(200);
    assert_eq!(counted["buckets"].as_array().map(Vec::len), Some(0));
    app.a_viewer_of(&acme).await.get("/api/v1/events").await.expect(403);
}

#[tokio::test]
async fn pages_go_on_where_the_last_one_ended() {
    let app = TestApp::start(vec![events::module()]).await;
    let acme = app.organization("Acme").await;
    let (source, now) = (SourceId::new(), app.app.clock.now());
    for index in 0..7 {
        let id = id_of(now - Duration::minutes(i64::from(index / 3)), index);
        keep_as(&app, &acme, source, FORTIGATE.as_bytes(), id, Vec::new()).await;
    }
    let ana = app.an_analyst_of(&acme).await;
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = ana.get(&format!("/api/v1/events?limit=2&text=deny{cursor}")).await.expect(200);
        seen.extend(
            page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()),
        );
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    let mut sorted = seen.clone();
    sorted.sort_by(|one, other| other.cmp(one));
    sorted.dedup();
    assert_eq!(seen, sorted);
    assert_eq!(seen.len(), 7);
}

/// Asks while no event can be read, until the first statement has been cut short and a second one waits.
async fn asked_while_the_first_statement_takes_too_long(app: &TestApp, who: &Actor, path: &str) -> Value {
    let (mut holder, mut watcher) = (app.superuser().await, app.superuser().await);
    let mut held = holder.begin().await.unwrap();
    sqlx::query("lock table events in access exclusive mode").execute(&mut *held).await.unwrap();
    let watch = async {
        let waiting = "select query_start from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock' and backend_type = 'client backend'";
        let (mut begun, since) = (BTreeSet::<OffsetDateTime>::new(), std::time::Instant::now());
        while begun.len() < 2 {
            assert!(since.elapsed().as_secs() < 60, "no second statement waits");
            begun.extend(
                sqlx::query_scalar::<_, OffsetDateTime>(waiting).fetch_optional(&mut watcher).await.unwrap(),
            );
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        held.commit().await.unwrap();
    };
    let (answer, ()) = tokio::join!(who.get(path), watch);
    answer.expect(200)
}

#[tokio::test]
async fn a_search_that_meets_more_than_was_thought_tries_again_in_smaller_slices_and_goes_on_where_it_stopped()
 {
    let app = TestApp::start(vec![events::module()]).await;
    let acme = app.organization("Acme").await;
    let mut expected = Vec::new();
    for minutes in [1, 2, 3] {
        let ago = Duration::minutes(minutes);
        expected.push(kept(&app, &acme, SourceId::new(), FORTIGATE.as_bytes(), ago).await.to_string());
    }
    let ana = app.an_analyst_of(&acme).await;
    let page = asked_while_the_first_statement_takes_too_long(&app, &ana, "/api/v1/events?text=salida").await;
    assert!(page["cut_off"].is_string(), "it says how far it looked: {page}");
    let mut ids = ids_of(&page);
    assert_eq!(ids, expected[..1], "what the smaller slice held");
    let next = page["next_cursor"].as_str().unwrap();
    let rest = ana.get(&format!("/api/v1/events?text=salida&cursor={next}")).await.expect(200);
    ids.extend(ids_of(&rest));
    assert_eq!(ids, expected);
    let path = "/api/v1/events/histogram?text=salida";
    let counted = asked_while_the_first_statement_takes_too_long(&app, &ana, path).await;
    assert_eq!(counted["buckets"][0]["total"], 1, "{counted}");
    assert!(counted["cut_off"].is_string(), "{counted}");
}

fn ids_of(page: &Value) -> Vec<String> {
    let events = page["items"].as_array().unwrap().iter();
    events.map(|event| event["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_detail_has_fields_ocsf_and_the_raw_bytes() {
    let app = TestApp::start(vec![events::module()]).await;
    let acme = app.organization("Acme").await;
    let ana = app.an_analyst_of(&acme).await;
    let id = kept(&app, &acme, SourceId::new(), FORTIGATE.as_bytes(), Duration::seconds(9)).await;
    let detail = ana.get(&format!("/api/v1/events/{id}")).await.expect(200);
    assert_eq!(detail["raw"], FORTIGATE);
    assert_eq!(detail["user"], "JPérez");
    assert_eq!(detail["ocsf"]["class_uid"], 4001);
    assert_eq!(detail["fields"][0]["name"], "date");
    let id = kept(&app, &acme, SourceId::new(), b"a\0b \xff", Duration::ZERO).await;
    let detail = ana.get(&format!("/api/v1/events/{id}")).await.expect(200);
    assert_eq!((&detail["is_base64"], &detail["raw"]), (&true.into(), &"YQBiIP8=".into()));
}

#[tokio::test]
async fn hostile_questions_are_refused_with_a_reason() {
    let app = TestApp::start(vec![events::module()]).await;
    let acme = app.organization("Acme").await;
    kept(&app, &acme, SourceId::new(), FORTIGATE.as_bytes(), Duration::ZERO).await;
    let ana = app.an_analyst_of(&acme).await;
    for query in [
        "ip=nobody",
        "text=a%00b",
        "severity=loud",
        "from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z",
        "limit=0",
        "nothing=1",
    ] {
        let answer = ana.get(&format!("/api/v1/events?{query}")).await;
        assert!(matches!(answer.status.as_u16(), 400 | 422), "{query}: {}", answer.status);
    }
    for query in
        ["text=%25_%27%22%5C", "user=%27%3B--", "to=9999-12-31T23:59:59Z", "from=0001-01-01T00:00:00Z"]
    {
        ana.get(&format!("/api/v1/events?{query}")).await.expect(200);
        ana.get(&format!("/api/v1/events/histogram?{query}")).await.expect(200);
    }
}

#[tokio::test]
async fn what_came_while_the_clock_was_ahead_finds_its_day_when_that_comes() {
    let app = TestApp::start(vec![events::module()]).await;
    let acme = app.organization("Acme").await;
    let (mut database, now) = (app.superuser().await, app.app.clock.now());
    for days in [0, 10, 10, 11] {
        kept(&app, &acme, SourceId::new(), FORTIGATE.as_bytes(), -Duration::days(days)).await;
    }
    let count = async |sql: &'static str, database: &mut sqlx::PgConnection| -> i64 {
        sqlx::query_scalar(sql).fetch_one(database).await.unwrap()
    };
    assert_eq!(count("select count(*) from events_default", &mut database).await, 3);
    sqlx::query("select ensure_partitions($1)")
        .bind(now + Duration::days(10))
        .execute(&mut database)
        .await
        .unwrap();
    assert_eq!(count("select count(*) from events_default", &mut database).await, 0);
    assert_eq!(count("select count(*) from events", &mut database).await, 4);
    // A day like any other: tenants see their own, new events come to it, it goes as a whole.
    kept(&app, &acme, SourceId::new(), FORTIGATE.as_bytes(), -Duration::days(10)).await;
    assert_eq!(count("select count(*) from events_default", &mut database).await, 0);
    let ana = app.an_analyst_of(&acme).await;
    assert_eq!(found(&ana, "from=2026-01-01T00:00:00Z&to=2100-01-01T00:00:00Z").await.len(), 5);
}

/// A row of a table with nothing in it but its time: a value of each column's kind, checks and references aside.
const ROW_WITHOUT_CONTENT: &str = "create function pg_temp.row_of(of text, made_at timestamptz) returns void
    language plpgsql as $$
    declare
        checks record;
        names text;
        row_values text;
    begin
        for checks in select conname from pg_constraint where conrelid = of::regclass and contype = 'c' loop
            execute format('alter table %I drop constraint %I', of, checks.conname);
        end loop;
        select string_agg(quote_ident(attname), ', '), string_agg(case
                when attname in ('id', 'alert_id') then quote_literal(uuidv7_floor(made_at))
                when atttypid = 'uuid'::regtype then quote_literal(gen_random_uuid())
                when atttypid in ('jsonb'::regtype, 'json'::regtype) then quote_literal('{}')
                when atttypid in ('inet'::regtype, 'cidr'::regtype) then quote_literal('192.0.2.1')
                when atttypid in ('timestamptz'::regtype) then quote_literal(made_at)
                when atttypid = 'bool'::regtype then 'false'
                when typcategory = 'N' then '0'
                when typcategory = 'A' then quote_literal('{}')
                else quote_literal('') end, ', ')
            into names, row_values
            from pg_attribute join pg_type on pg_type.oid = atttypid
            where attrelid = of::regclass and attnum > 0 and not attisdropped and attnotnull
              and attidentity = '' and attgenerated = '';
        execute format('insert into %I (%s) values (%s)', of, names, row_values);
    end $$; set session_replication_role = replica";

#[tokio::test]
async fn every_table_by_time_takes_back_what_came_while_the_clock_was_ahead() {
    let app = TestApp::start(vec![events::module()]).await;
    let (mut database, then) = (app.superuser().await, app.app.clock.now() + Duration::days(200));
    sqlx::raw_sql(ROW_WITHOUT_CONTENT).execute(&mut database).await.unwrap();
    let tables = sqlx::query_scalar::<_, String>("select name from partitioned_tables order by name");
    let tables = tables.fetch_all(&mut database).await.unwrap();
    assert!(tables.len() >= 8, "{tables:?}");
    for table in &tables {
        let made = sqlx::query("select pg_temp.row_of($1, $2)").bind(table).bind(then).execute(&mut database);
        made.await.unwrap_or_else(|error| panic!("{table}: {error}"));
    }
    sqlx::raw_sql("set session_replication_role = origin").execute(&mut database).await.unwrap();
    sqlx::query("select ensure_partitions($1)").bind(then).execute(&mut database).await.unwrap();
    for table in &tables {
        let count = format!("select (select count(*) from {table}), (select count(*) from {table}_default)");
        let counted = sqlx::query_as::<_, (i64, i64)>(sqlx::AssertSqlSafe(count)).fetch_one(&mut database);
        assert_eq!(counted.await.unwrap(), (1, 0), "{table}");
    }
}

#[tokio::test]
async fn days_that_are_too_old_are_let_go_whole() {
    let app = TestApp::start(vec![events::module()]).await;
    let acme = app.organization("Acme").await;
    let (mut database, now) = (app.superuser().await, app.app.clock.now());
    let ago = Duration::days(40);
    sqlx::query("select ensure_partitions($1)").bind(now - ago).execute(&mut database).await.unwrap();
    kept(&app, &acme, SourceId::new(), FORTIGATE.as_bytes(), ago).await;
    kept(&app, &acme, SourceId::new(), FORTIGATE.as_bytes(), Duration::ZERO).await;
    app.run_job("events.let_go").await;
    let ana = app.an_analyst_of(&acme).await;
    assert_eq!(found(&ana, "from=2026-01-01T00:00:00Z").await.len(), 1);
    let left: i64 = sqlx::query_scalar("select count(*) from events").fetch_one(&mut database).await.unwrap();
    assert_eq!(left, 1);
}
