//! How the installation is, on one page.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::routing::get;
use platform::clock::Clock;
use sqlx::AssertSqlSafe;
use testkit::{Actor, Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tower::ServiceExt;

use crate::node::{Node, text};

const STATUS: &str = "/api/v1/status";

async fn read(reader: &Actor) -> Value {
    reader.get(STATUS).await.expect(200)
}

/// Lets a process report once.
async fn report(node: &Node) {
    let before = node.count("monitoring_processes").await;
    let reporting = monitoring::start(node);
    while node.count("monitoring_processes").await == before {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    reporting.abort();
}

/// Asks a process so often, through what counts its answers.
async fn ask(node: &Node, path: &str, times: usize) {
    let router = Router::new()
        .route("/works", get(|| async { StatusCode::OK }))
        .route("/fails", get(|| async { StatusCode::INTERNAL_SERVER_ERROR }));
    let router = monitoring::measure(router, node);
    for _ in 0..times {
        let request = Request::get(path).body(Body::empty()).unwrap();
        router.clone().oneshot(request).await.unwrap();
    }
}

async fn sql(node: &Node, statement: &str) {
    let mut root = node.superuser().await;
    sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(&mut root).await.unwrap();
}

fn list<'a>(status: &'a Value, name: &str) -> &'a [Value] {
    status[name].as_array().unwrap()
}

fn of<'a>(status: &'a Value, list_name: &str, field: &str) -> Vec<&'a Value> {
    list(status, list_name).iter().map(|one| &one[field]).collect()
}

#[tokio::test]
async fn the_status_is_for_who_may_read_figures_everywhere() {
    let node = Node::start().await;
    let own = node.organization("Own").await;
    node.nobody().get(STATUS).await.expect_problem(401, "unauthenticated");
    node.an_analyst_of(&own).await.get(STATUS).await.expect_problem(403, "forbidden");
    let here = node.someone(&[(Some(&own), "admin")]).await;
    here.get(STATUS).await.expect_problem(403, "needs_everywhere");
    let auditor = node.someone(&[(None, "auditor")]).await;
    for reader in [auditor, node.an_administrator().await] {
        assert_eq!(list(&read(&reader).await, "processes"), [] as [Value; 0]);
    }
}

#[tokio::test]
async fn each_process_says_what_it_takes_and_how_it_answers() {
    let node = Node::start().await;
    let beside = node.beside().await;
    ask(&node, "/works", 3).await;
    ask(&node, "/fails", 1).await;
    report(&node).await;
    report(&beside).await;
    let status = read(&node.an_administrator().await).await;
    let mut figures = of(&status, "processes", "figures");
    figures.sort_by_key(|figures| figures["requests"].as_u64());
    let [idle, asked] = figures.as_slice() else { panic!("{status}") };
    assert_eq!((&idle["requests"], &idle["errors"]), (&json!(0), &json!(0)));
    assert_eq!((&idle["latency_median"], &idle["latency_p95"]), (&Value::Null, &Value::Null));
    assert_eq!((&asked["requests"], &asked["errors"]), (&json!(4), &json!(1)));
    let seconds = |name: &str| asked[name]["seconds"].as_f64().unwrap();
    assert!(seconds("latency_median") <= seconds("latency_p95"), "{asked}");
    for figures in [idle, asked] {
        for name in ["resident_bytes", "open_files", "connections_most"] {
            assert!(figures[name].as_u64().unwrap() > 0, "{name}: {figures}");
        }
        // There is nothing yet to count the processor's time from.
        assert_eq!(figures["cpu_share"], Value::Null);
    }
    for process in list(&status, "processes") {
        assert_eq!(process["version"], env!("CARGO_PKG_VERSION"));
        assert_eq!((&process["roles"], &process["is_heard"]), (&json!(node.config.roles), &json!(true)));
        assert!(moment(&process["since"]) <= moment(&process["seen_at"]), "{process}");
    }
}

#[tokio::test]
async fn a_process_that_is_not_heard_of_says_so_until_another_speaks_in_its_place() {
    let node = Node::start().await;
    let admin = node.an_administrator().await;
    report(&node).await;
    let here = read(&admin).await["processes"][0]["host"].clone();
    // It would stand before the other by its name.
    sql(&node, "update monitoring_processes set host = '', seen_at = seen_at - interval '3 minutes'").await;
    report(&node).await;
    let status = read(&admin).await;
    assert_eq!(of(&status, "processes", "host"), [&here, &json!("")]);
    assert_eq!(of(&status, "processes", "is_heard"), [&json!(true), &json!(false)]);

    // Of an older version, which says less of itself.
    let successor = "insert into monitoring_processes (id, host, roles, seen_at, findings)
                     select gen_random_uuid(), host, roles, now(), '[]'::jsonb from monitoring_processes
                     where host = ''";
    sql(&node, successor).await;
    let status = read(&admin).await;
    assert_eq!(of(&status, "processes", "host"), [&json!(""), &here]);
    assert_eq!(of(&status, "processes", "is_heard"), [&json!(true), &json!(true)]);
    let old = &status["processes"][0];
    assert_eq!((&old["version"], &old["figures"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn failed_sign_ins_are_of_the_five_minutes_in_which_they_were_tried() {
    let node = Node::start().await;
    node.organization("Own").await;
    node.fail("nobody@example.org", "203.0.113.9", 3).await;
    node.watch().await;
    let status = read(&node.an_administrator().await).await;
    let failed = of(&status, "sign_ins", "failed").into_iter().map(|count| count.as_i64().unwrap());
    let failed = failed.collect::<Vec<_>>();
    assert_eq!(failed.len(), 12);
    // Five minutes may have ended meanwhile.
    assert_eq!((failed[..10].iter().sum::<i64>(), failed[10..].iter().sum::<i64>()), (0, 3));
}

#[tokio::test]
async fn sign_ins_are_of_the_last_hour_by_steps_of_five_minutes() {
    let clock = Clock::manual(OffsetDateTime::now_utc());
    let node = Node::with_clock(clock.clone(), |_| {}).await;
    let now = clock.now().unix_timestamp();
    let present = OffsetDateTime::from_unix_timestamp(now - now.rem_euclid(300)).unwrap();
    let mut root = node.superuser().await;
    for (minutes, succeeded, failed, services_failed) in
        [(0, 2_i64, 0_i64, 0_i64), (-16, 0, 5, 1), (-20, 0, 1, 0), (-55, 0, 7, 0), (-56, 9, 9, 9)]
    {
        let minute = present + time::Duration::minutes(minutes);
        sqlx::query("insert into monitoring_sign_ins values ($1, $2, $3, $4)")
            .bind(minute)
            .bind(succeeded)
            .bind(failed)
            .bind(services_failed)
            .execute(&mut root)
            .await
            .unwrap();
    }
    let status = read(&node.an_administrator().await).await;
    let sign_ins = list(&status, "sign_ins");
    let steps = sign_ins.iter().map(|step| moment(&step["at"])).collect::<Vec<_>>();
    let expected = (0..12_i64).map(|step| present + time::Duration::minutes(5 * step - 55));
    assert_eq!(steps, expected.collect::<Vec<_>>());
    for (index, step) in sign_ins.iter().enumerate() {
        let (succeeded, failed, services_failed) = match index {
            0 => (0, 7, 0),
            7 => (0, 6, 1),
            11 => (2, 0, 0),
            _ => (0, 0, 0),
        };
        let counted = (&step["succeeded"], &step["failed"], &step["services_failed"]);
        assert_eq!(counted, (&json!(succeeded), &json!(failed), &json!(services_failed)), "{index}");
    }
}

#[tokio::test]
async fn a_finding_stands_there_from_when_it_is_found_until_it_is_mended() {
    let node = Node::start().await;
    node.organization("Own").await;
    let admin = node.an_administrator().await;
    node.nobody().get("/sts/jwks").await.expect(200);
    node.run_job("monitoring.findings").await;
    assert_eq!(list(&read(&admin).await, "findings"), [] as [Value; 0]);

    let activated =
        |when: &str| format!("update signing_keys set activated_at = {when} where phase = 'active'");
    sql(&node, &activated("now() - interval '92 days'")).await;
    node.run_job("monitoring.findings").await;
    let status = read(&admin).await;
    let [finding] = list(&status, "findings") else { panic!("{status}") };
    assert_eq!((&finding["kind"], &finding["severity"]), (&json!("signing_key"), &json!("high")));
    assert_eq!(finding["subject"], "the key of access tokens");
    assert!(text(&finding["summary"]).contains("90 days are the bound"), "{finding}");
    let since = moment(&finding["since"]);
    node.run_job("monitoring.findings").await;
    assert_eq!(moment(&read(&admin).await["findings"][0]["since"]), since);

    sql(&node, &activated("now()")).await;
    node.run_job("monitoring.findings").await;
    assert_eq!(list(&read(&admin).await, "findings"), [] as [Value; 0]);
}

#[tokio::test]
async fn the_gravest_findings_stand_first_and_one_of_a_kind_that_is_not_known_stands_there_too() {
    let node = Node::start().await;
    let findings = "insert into monitoring_findings (kind, subject, severity, summary, since, told_at) values
                        ('errors', 'a', 4, '', now(), now()), ('of tomorrow', 'b', 5, '', now(), now()),
                        ('redis', 'c', 3, '', now() - interval '1 day', now()), ('redis', 'd', 3, '', now(), now())";
    sql(&node, findings).await;
    let status = read(&node.an_administrator().await).await;
    assert_eq!(of(&status, "findings", "subject"), ["b", "a", "c", "d"]);
    assert_eq!(of(&status, "findings", "severity"), ["critical", "high", "medium", "medium"]);
    let kinds = json!([null, "errors", "redis", "redis"]);
    assert_eq!(of(&status, "findings", "kind"), kinds.as_array().unwrap().iter().collect::<Vec<_>>());
}

#[tokio::test]
async fn who_lacks_records_of_the_audit_log_stands_there_with_the_reason() {
    let directory = tempfile::tempdir().unwrap();
    let no_directory = directory.path().join("a file");
    std::fs::write(&no_directory, "").unwrap();
    let witness = no_directory.display().to_string();
    let node = Node::unwatched_with(|config| config.audit.witnesses = vec![witness.clone()]).await;
    let admin = node.an_administrator().await;
    node.fail("nobody@example.org", "203.0.113.9", 2).await;
    node.sequence_in_vain().await;
    let status = read(&admin).await;
    let follower = list(&status, "followers").iter().find(|one| one["name"] == witness.as_str());
    let follower = follower.unwrap_or_else(|| panic!("{status}"));
    assert_eq!(follower["is_siem"], false);
    assert!(follower["behind"].as_u64().unwrap() > 0, "{follower}");
    assert!(moment(&follower["waiting_since"]) <= OffsetDateTime::now_utc(), "{follower}");
    assert!(!text(&follower["problem"]).is_empty(), "{follower}");
    // The data directory's own copy has them all.
    let mirror = list(&status, "followers").iter().find(|one| one["name"] != witness.as_str());
    let mirror = mirror.unwrap_or_else(|| panic!("{status}"));
    let expected = (&json!(0), &Value::Null, &Value::Null);
    assert_eq!((&mirror["behind"], &mirror["waiting_since"], &mirror["problem"]), expected);
}

fn moment(value: &Value) -> OffsetDateTime {
    OffsetDateTime::parse(&text(value), &Rfc3339).unwrap()
}
