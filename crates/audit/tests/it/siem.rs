//! The log as a central SIEM gets it: a real rsyslogd with TLS.

use std::path::Path;
use std::time::{Duration, Instant};

use platform::config::{Config, SiemFormat};
use serde_json::Value;
use tempfile::TempDir;
use testkit::{Actor, Rsyslog, Setup, TestApp, certificates, json};

use crate::log::{Log, setup};

/// A log whose records go to a receiver.
struct Sent {
    log: Log,
    admin: Actor,
    receiver: Rsyslog,
    /// Of the receiver's certificates.
    _directory: TempDir,
}

async fn log_to(address: &str, authorities: &Path, format: SiemFormat) -> Log {
    let mut config = Config::defaults().unwrap();
    config.audit.siem.address = address.to_owned();
    config.audit.siem.ca_file = authorities.join("ca.pem");
    config.audit.siem.format = format;
    Log { app: TestApp::start_with(vec![audit::module()], Setup { config, ..setup() }).await }
}

impl Sent {
    async fn start(format: SiemFormat) -> Self {
        let directory = tempfile::tempdir().unwrap();
        certificates(directory.path(), &["localhost"]);
        let receiver = Rsyslog::keeping(directory.path(), "localhost");
        let log = log_to(&format!("localhost:{}", receiver.port.number), directory.path(), format).await;
        let admin = log.app.an_administrator().await;
        Self { log, admin, receiver, _directory: directory }
    }

    /// Sends what is new until somebody has as much as the log.
    async fn until_sent(&self) {
        let began = Instant::now();
        loop {
            self.log.app.run_job("audit.siem").await;
            if self.follower().await["behind"] == 0 {
                return;
            }
            assert!(began.elapsed() < Duration::from_secs(120), "{}", self.follower().await);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// What is told of the receiver.
    async fn follower(&self) -> Value {
        let answer = self.admin.get("/api/v1/audit/followers").await.expect(200);
        answer["items"].as_array().unwrap().iter().find(|one| one["kind"] == "siem").unwrap().clone()
    }

    /// What the receiver has, once it has so much; rsyslogd writes a moment after it has read.
    async fn kept(&self, least: usize) -> Vec<String> {
        let began = Instant::now();
        loop {
            let kept = self.receiver.kept();
            if kept.len() >= least {
                return kept;
            }
            assert!(began.elapsed() < Duration::from_secs(60), "{} of {least} lines", kept.len());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// The event behind the header of RFC 5424.
fn event(line: &str) -> Value {
    let (header, text) = line.split_once(" cibercase - audit - ").unwrap();
    assert!(header.starts_with("<110>1 "), "{header}");
    serde_json::from_str(text).unwrap()
}

fn index(line: &str) -> u64 {
    event(line)["metadata"]["sequence"].as_u64().unwrap()
}

#[tokio::test]
async fn every_record_reaches_the_siem_as_ocsf_with_the_place_of_its_leaf() {
    let sent = Sent::start(SiemFormat::Ocsf).await;
    sent.log.records(5).await;
    sent.log.settle().await;
    sent.until_sent().await;
    let kept = sent.kept(5).await;
    let events = kept.iter().map(|line| event(line)).collect::<Vec<_>>();
    let mut root = sent.log.superuser().await;
    let order = crate::log::order_of_leaves(&mut root).await;
    for (number, (event, id)) in events.iter().zip(order).enumerate() {
        assert_eq!(event["metadata"]["uid"], id.to_string());
        assert_eq!(event["unmapped"]["leaf_index"], number);
        assert_eq!((&event["class_uid"], &event["type_uid"]), (&json!(6003), &json!(600_303)));
        assert_eq!(event["api"]["operation"], "test.done");
        assert_eq!(event["resources"][0]["name"], format!("number {number}"));
        assert_eq!(event["unmapped"]["detail"], json!({ "name": format!("number {number}") }));
        assert_eq!(event["actor"]["user"]["name"], "CiberCase");
        // So that whoever has the event can ask for the proof.
        let proof = sent.admin.get(&format!("/api/v1/audit/{id}/proof")).await.expect(200);
        assert_eq!((&proof["state"], &proof["index"]), (&json!("proven"), &json!(number)));
    }
}

#[tokio::test]
async fn sign_ins_and_accounts_have_their_classes() {
    let sent = Sent::start(SiemFormat::Ocsf).await;
    let acts = "insert into audit_records (id, actor_kind, actor_name, action, object_kind, object_reference, ip) values
        (gen_random_uuid(), 'user', 'Ana', 'session.opened', 'session', null, '192.0.2.7'),
        (gen_random_uuid(), 'system', 'CiberCase', 'session.refused', 'session', 'eve@example.org', '2001:db8::7'),
        (gen_random_uuid(), 'user', 'Ana', 'user.created', 'user', 'bo@example.org', null),
        (gen_random_uuid(), 'user', 'Ana', 'ticket.deleted', 'ticket', 'TCK-1', null)";
    sqlx::raw_sql(acts).execute(&mut sent.log.superuser().await).await.unwrap();
    sent.log.settle().await;
    sent.until_sent().await;
    let events = sent.kept(4).await.iter().map(|line| event(line)).collect::<Vec<_>>();
    let types = events.iter().map(|event| event["type_uid"].as_u64().unwrap()).collect::<Vec<_>>();
    assert_eq!(types, [300_201, 300_201, 300_101, 600_304]);
    assert_eq!((&events[0]["status_id"], &events[1]["status_id"]), (&json!(1), &json!(2)));
    assert_eq!(events[0]["src_endpoint"]["ip"], "192.0.2.7");
    assert_eq!(events[1]["user"]["name"], "eve@example.org");
    assert_eq!(events[2]["user"]["name"], "bo@example.org");
}

#[tokio::test]
async fn as_cef_a_record_is_one_line_whatever_is_in_it() {
    let sent = Sent::start(SiemFormat::Cef).await;
    sent.log.record("a|b=c\\d\nCEF:0|forged").await;
    sent.log.settle().await;
    sent.until_sent().await;
    let kept = sent.kept(1).await;
    assert_eq!(kept.len(), 1, "{kept:?}");
    let cef = kept[0].split_once(" audit - ").unwrap().1;
    assert!(cef.starts_with(concat!(
        "CEF:0|CiberCase|CiberCase|",
        env!("CARGO_PKG_VERSION"),
        "|test.done|test.done|3|rt="
    )));
    assert!(cef.contains(r"cs3=a|b\=c\\d\nCEF:0|forged"), "{cef}");
    assert!(cef.contains(" cn1=0 "), "{cef}");
}

#[tokio::test]
async fn a_record_too_long_for_receivers_is_sent_without_its_detail() {
    let sent = Sent::start(SiemFormat::Ocsf).await;
    let long = "insert into audit_records (id, actor_kind, actor_name, action, object_kind, detail)
        values (gen_random_uuid(), 'user', 'Ana', 'view.created', 'view', jsonb_build_object('a', repeat('x', 20000)))";
    sqlx::raw_sql(long).execute(&mut sent.log.superuser().await).await.unwrap();
    sent.log.settle().await;
    sent.until_sent().await;
    assert_eq!(event(&sent.kept(1).await[0])["unmapped"]["detail"], json!({ "is_omitted": true }));
}

#[tokio::test]
async fn a_receiver_that_stops_and_returns_under_load_misses_nothing_and_gets_nothing_out_of_order() {
    let mut sent = Sent::start(SiemFormat::Ocsf).await;
    let some = "insert into audit_records (id, actor_kind, actor_name, action, object_kind)
         select gen_random_uuid(), 'system', 'CiberCase', 'test.done', 'test' from generate_series(1, 200)";
    let many = some.replace("200)", "3000)");
    let job = sent.log.app.jobs.iter().find(|job| job.name == "audit.siem").unwrap().clone();
    let mut root = sent.log.superuser().await;
    for part in 0..30 {
        let statement = if part % 10 == 3 { many.as_str() } else { some };
        sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&mut root).await.unwrap();
        match part % 10 {
            // It goes away while it is sent to, and comes back some rounds later.
            3 => {
                sent.log.settle().await;
                let (app, job) = (sent.log.app.app.clone(), job.clone());
                let sending = tokio::spawn(async move { job.run(&app).await });
                sent.receiver.stop();
                sending.await.unwrap().unwrap();
            }
            5 => {
                sent.log.settle().await;
                job.run(&sent.log.app.app).await.unwrap();
                let follower = sent.follower().await;
                assert!(follower["behind"].as_u64() > Some(0), "{follower}");
                assert!(
                    follower["problem"].is_string() && follower["failing_since"].is_string(),
                    "{follower}"
                );
            }
            7 => sent.receiver.start_again(),
            _ => {
                sent.log.sequence().await;
                job.run(&sent.log.app.app).await.unwrap();
            }
        }
    }
    let records = u64::try_from(crate::log::count_of_records(&mut root).await).unwrap();
    sent.log.settle().await;
    sent.until_sent().await;
    let follower = sent.follower().await;
    assert_eq!((&follower["size"], &follower["problem"]), (&json!(records), &Value::Null));
    sent.receiver.stop();
    let mut next = 0;
    for line in sent.receiver.kept() {
        let index = index(&line);
        assert!(index <= next, "{index} comes before {next}");
        next = next.max(index + 1);
    }
    assert_eq!(next, records, "what was sent again was sent before");
}

#[tokio::test]
async fn another_node_goes_on_where_the_last_one_was() {
    let sent = Sent::start(SiemFormat::Ocsf).await;
    sent.log.records(3).await;
    sent.log.settle().await;
    sent.until_sent().await;
    let other = sent.log.another_node();
    other.records(2).await;
    other.settle().await;
    other.app.run_job("audit.siem").await;
    let kept = sent.kept(5).await;
    assert_eq!(kept.iter().map(|line| index(line)).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
}

#[tokio::test]
async fn a_receiver_with_a_certificate_of_another_authority_or_name_gets_nothing() {
    let (theirs, ours) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    certificates(theirs.path(), &["localhost", "siem.example.org"]);
    certificates(ours.path(), &[]);
    for (name, authorities, problem) in [
        ("localhost", ours.path(), "invalid peer certificate"),
        ("siem.example.org", theirs.path(), "not valid for name"),
    ] {
        let receiver = Rsyslog::keeping(theirs.path(), name);
        let address = format!("localhost:{}", receiver.port.number);
        let log = log_to(&address, authorities, SiemFormat::Ocsf).await;
        log.record("secret").await;
        log.settle().await;
        log.app.run_job("audit.siem").await;
        let admin = log.app.an_administrator().await;
        let answer = admin.get("/api/v1/audit/followers").await.expect(200);
        let told = &answer["items"][0];
        assert_eq!((&told["kind"], &told["size"]), (&json!("siem"), &json!(0)));
        assert!(told["problem"].as_str().unwrap().contains(problem), "{told}");
        assert_eq!(receiver.kept(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn who_reads_one_organization_alone_is_not_told_who_follows_the_log() {
    let log = log_to("localhost:1", Path::new("/nowhere"), SiemFormat::Ocsf).await;
    let acme = log.app.organization("Acme").await;
    let auditor = log.app.an_auditor_of(&acme).await;
    let answer = auditor.get("/api/v1/audit/followers").await.expect(200);
    assert_eq!(answer["items"], json!([]));
}
