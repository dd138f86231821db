//! What is wrong with the installation.

use std::time::{Duration, Instant};

use platform::clock::Clock;
use rcgen::{CertificateParams, KeyPair};
use sqlx::AssertSqlSafe;
use testkit::{Actor, Organization, Value};
use time::OffsetDateTime;

use crate::node::{Node, alerts, text};

/// A self-signed certificate that runs out in so many days.
fn certificate(days: i64) -> String {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["soc.example.org".to_owned()]).unwrap();
    params.not_before = OffsetDateTime::now_utc() - time::Duration::days(90);
    params.not_after = OffsetDateTime::now_utc() + time::Duration::days(days);
    params.self_signed(&key).unwrap().pem()
}

async fn begin(node: &Node) -> (Organization, Actor) {
    let own = node.organization("Own").await;
    let ana = node.an_analyst_of(&own).await;
    (own, ana)
}

/// Lets this process look at itself once, and the installation be told of it.
async fn look(node: &Node) {
    sql(node, "delete from monitoring_processes").await;
    let looking = monitoring::start(node);
    let mut root = node.superuser().await;
    let count = "select count(*) from monitoring_processes";
    while sqlx::query_scalar::<_, i64>(count).fetch_one(&mut root).await.unwrap() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    looking.abort();
    tell(node).await;
}

async fn tell(node: &Node) {
    node.run_job("monitoring.findings").await;
    node.run_job("intake.alarms").await;
}

async fn sql(node: &Node, statement: &str) {
    let mut root = node.superuser().await;
    sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(&mut root).await.unwrap();
}

/// The alerts about this kind of finding.
async fn about(reader: &Actor, kind: &str) -> Vec<Value> {
    let rule = format!("cibercase.finding.{kind}");
    alerts(reader).await.into_iter().filter(|alert| alert["rule_id"] == rule.as_str()).collect()
}

#[tokio::test]
async fn a_redis_that_is_away_is_told_and_cleared_when_it_is_back() {
    let mut redis = testkit::Redis::start();
    let node = Node::with(|config| {
        config.redis.url = redis.url().into();
        config.redis.answer_milliseconds = 10_000;
    })
    .await;
    let (_, ana) = begin(&node).await;
    node.share_limits();
    node.redis_is(true).await;
    look(&node).await;
    assert!(about(&ana, "redis").await.is_empty());
    redis.kill();
    node.redis_is(false).await;
    look(&node).await;
    let [alert] = &about(&ana, "redis").await[..] else { panic!("one alert") };
    assert_eq!(alert["title"].as_str().unwrap().split(':').next(), Some("Redis is away"));
    redis.start_again();
    node.redis_is(true).await;
    look(&node).await;
    assert!(about(&ana, "redis").await[0]["source_state"] == "cleared");
}

#[tokio::test]
async fn a_listener_that_is_set_and_does_not_listen_is_told_and_one_that_listens_is_not() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let asked = taken.local_addr().unwrap().to_string();
    let node = Node::with(|config| {
        config.ingest.tcp = asked.clone();
        config.ingest.udp = "127.0.0.1:0".to_owned();
    })
    .await;
    let (_, ana) = begin(&node).await;
    let _running = collector::start(&node).await.unwrap();
    look(&node).await;
    let [alert] = &about(&ana, "collector").await[..] else { panic!("one alert") };
    assert!(
        text(&alert["title"]).starts_with(&format!("Log lines are not received: TCP {asked} on ")),
        "{alert}"
    );
    assert_eq!(alert["severity"], "high");
    let finding = "select summary from monitoring_findings where kind = 'collector'";
    let summary: String = sqlx::query_scalar(finding).fetch_one(&mut node.superuser().await).await.unwrap();
    assert!(summary.starts_with("Another program has the port: "), "{summary}");
    // Whoever binds it anew is another process, perhaps on another machine: the dead have no listeners.
    sql(&node, "update monitoring_processes set seen_at = seen_at - interval '3 hours'").await;
    tell(&node).await;
    assert_eq!(about(&ana, "collector").await[0]["source_state"], "cleared");
}

#[tokio::test]
async fn a_certificate_that_runs_out_is_told_daily_and_when_it_is_urgent_and_cleared_when_renewed() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("certificate.pem");
    std::fs::write(&file, certificate(10)).unwrap();
    let node = Node::with(|config| config.ingest.tls_certificate_file = file.clone()).await;
    let (_, ana) = begin(&node).await;
    look(&node).await;
    tell(&node).await;
    let told = about(&ana, "certificate").await;
    let [alert] = told.as_slice() else { panic!("{told:?}") };
    assert!(text(&alert["title"]).starts_with("Certificate runs out: ingest.tls_certificate_file on "));
    assert_eq!((&alert["severity"], &alert["deliveries"]), (&"medium".into(), &1.into()));
    assert_eq!(ana.get("/api/v1/tickets").await.expect(200)["items"][0]["title"], alert["title"]);

    sql(&node, "update monitoring_findings set told_at = told_at - interval '25 hours'").await;
    tell(&node).await;
    until_it_says(&ana, "deliveries", 2.into()).await;
    std::fs::write(&file, certificate(5)).unwrap();
    look(&node).await;
    until_it_says(&ana, "severity", "high".into()).await;

    std::fs::write(&file, certificate(300)).unwrap();
    look(&node).await;
    let told = about(&ana, "certificate").await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["source_state"], "cleared");
    assert_eq!(node.count("monitoring_findings where kind = 'certificate'").await, 0);
}

/// Repeats are counted a moment behind.
async fn until_it_says(ana: &Actor, field: &str, expected: Value) {
    let began = Instant::now();
    while about(ana, "certificate").await[0][field] != expected {
        assert!(began.elapsed() < Duration::from_secs(60), "it is not told again");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn what_a_process_that_died_has_found_lasts_until_another_looks_in_its_place() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("certificate.pem");
    std::fs::write(&file, certificate(10)).unwrap();
    let node = Node::with(|config| config.ingest.tls_certificate_file = file.clone()).await;
    let (_, ana) = begin(&node).await;
    look(&node).await;
    sql(&node, "update monitoring_processes set seen_at = seen_at - interval '3 hours'").await;
    // One on another machine and one of other roles say nothing about this one.
    let others = "insert into monitoring_processes (id, host, roles, seen_at, findings)
                  select gen_random_uuid(), 'elsewhere', roles, now(), '[]'::jsonb from monitoring_processes
                  union all select gen_random_uuid(), host, array['worker'], now(), '[]'::jsonb from monitoring_processes";
    sql(&node, others).await;
    tell(&node).await;
    assert_ne!(about(&ana, "certificate").await[0]["source_state"], "cleared");
    assert_eq!(node.count("monitoring_findings where kind = 'certificate'").await, 1);

    let successor = "insert into monitoring_processes (id, host, roles, seen_at, findings)
                     select gen_random_uuid(), host, roles, now(), '[]'::jsonb from monitoring_processes
                     where findings <> '[]' order by seen_at limit 1";
    sql(&node, successor).await;
    tell(&node).await;
    assert_eq!(about(&ana, "certificate").await[0]["source_state"], "cleared");
    assert_eq!(node.count("monitoring_findings where kind = 'certificate'").await, 0);
}

#[tokio::test]
async fn a_certificate_that_has_run_out_is_critical_and_one_that_cannot_be_read_is_told_as_that() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("certificate.pem");
    std::fs::write(&file, certificate(-1)).unwrap();
    let node = Node::with(|config| {
        config.ingest.tls_certificate_file = file.clone();
        config.audit.siem.certificate_file = directory.path().join("missing.pem");
    })
    .await;
    let (_, ana) = begin(&node).await;
    look(&node).await;
    assert_eq!(about(&ana, "certificate").await[0]["severity"], "critical");
    let unchecked = about(&ana, "unchecked").await;
    assert_eq!(unchecked.len(), 1);
    assert!(text(&unchecked[0]["title"]).contains("audit.siem.certificate_file"), "{unchecked:?}");
}

#[tokio::test]
async fn resources_beyond_the_bound_are_told_and_within_it_are_not() {
    let node = Node::with(|config| config.monitoring.full_percent = 100).await;
    let (_, ana) = begin(&node).await;
    look(&node).await;
    assert!(about(&ana, "resources").await.is_empty());
    let node = Node::with(|config| config.monitoring.full_percent = 0).await;
    let (_, ana) = begin(&node).await;
    look(&node).await;
    let mut titles =
        about(&ana, "resources").await.iter().map(|alert| text(&alert["title"])).collect::<Vec<_>>();
    titles.sort();
    let parts = ["connections of the database", "disk of ", "memory of ", "open files of "];
    assert_eq!(titles.len(), parts.len());
    for (title, part) in titles.iter().zip(parts) {
        assert!(title.starts_with(&format!("Resources run short: {part}")), "{title}");
    }
}

#[tokio::test]
async fn a_signing_key_that_should_have_been_changed_is_told() {
    let node = Node::start().await;
    let (_, ana) = begin(&node).await;
    node.nobody().get("/sts/jwks").await.expect(200);
    tell(&node).await;
    assert!(about(&ana, "signing_key").await.is_empty());
    sql(&node, "update signing_keys set activated_at = now() - interval '92 days' where phase = 'active'")
        .await;
    tell(&node).await;
    assert_eq!(about(&ana, "signing_key").await.len(), 1);
}

#[tokio::test]
async fn a_secret_that_should_have_been_changed_is_told() {
    let node = Node::start().await;
    let (_, ana) = begin(&node).await;
    let secrets = platform::secrets::SecretStore::open(&node.config.data_directory).unwrap();
    let made_at = OffsetDateTime::now_utc() - time::Duration::days(100);
    let versions = secrets.versions("api-secret").unwrap().unwrap();
    let old = versions.prepare("of then".to_owned(), made_at).exchange(made_at).settle(made_at);
    secrets.replace("api-secret", &old).unwrap();
    tell(&node).await;
    let told = about(&ana, "secret").await;
    let [alert] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!(alert["title"], "Secret is overdue: api-secret");
}

#[tokio::test]
async fn who_does_not_take_the_audit_log_is_told_with_the_reason() {
    let directory = tempfile::tempdir().unwrap();
    let no_directory = directory.path().join("a file");
    std::fs::write(&no_directory, "").unwrap();
    let witness = no_directory.display().to_string();
    let node = Node::unwatched_with(|config| config.audit.witnesses = vec![witness.clone()]).await;
    let (_, ana) = begin(&node).await;
    node.fail("nobody@example.org", "203.0.113.9", 1).await;
    node.sequence_in_vain().await;
    tell(&node).await;
    assert!(about(&ana, "audit_log").await.is_empty());
    sql(
        &node,
        "set session_replication_role = replica; update audit_checkpoints set made_at = made_at - interval '1 hour'",
    )
    .await;
    tell(&node).await;
    let told = about(&ana, "audit_log").await;
    let [alert] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!(text(&alert["title"]), format!("Audit log is not taken: witness {witness}"));
    let detail = ana.get(&format!("/api/v1/alerts/{}", text(&alert["id"]))).await.expect(200).to_string();
    assert!(detail.contains("It says: "), "{detail}");
}

#[tokio::test]
async fn errors_are_counted_over_whole_minutes_and_told_with_them() {
    use tracing_subscriber::layer::SubscriberExt;
    let clock = Clock::manual(OffsetDateTime::now_utc());
    let node = Node::with_clock(clock.clone(), |config| config.monitoring.most_errors = 3).await;
    let (_, ana) = begin(&node).await;
    let counted = tracing_subscriber::registry().with(platform::telemetry::ErrorCounts);
    tracing::subscriber::with_default(counted, || {
        for _ in 0..3 {
            tracing::error!("it went wrong");
        }
        tracing::warn!("it nearly went wrong");
    });
    clock.advance(time::Duration::minutes(2));
    look(&node).await;
    let told = about(&ana, "errors").await;
    let [alert] = told.as_slice() else { panic!("{told:?}") };
    let detail = ana.get(&format!("/api/v1/alerts/{}", text(&alert["id"]))).await.expect(200).to_string();
    assert!(detail.contains("has logged 3 errors from "), "{detail}");
    // The quarter of an hour is over.
    clock.advance(time::Duration::minutes(20));
    look(&node).await;
    assert_eq!(node.count("monitoring_findings where kind = 'errors'").await, 0);
}
