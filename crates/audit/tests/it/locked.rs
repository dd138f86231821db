//! A bucket with Object Lock as a witness.

use std::time::{Duration, Instant};

use platform::config::Config;
use platform::secrets::SecretStore;
use testkit::{Setup, TestApp, Value};

use crate::bucket::{Bucket, KEY_ID, SECRET, Version};
use crate::log::{Log, setup};

fn config(endpoint: &str) -> Config {
    let mut config = Config::defaults().unwrap();
    config.audit.s3.bucket = "witness".to_owned();
    config.audit.s3.region = "eu-west-1".to_owned();
    config.audit.s3.endpoint = endpoint.to_owned();
    config.audit.s3.access_key_id = KEY_ID.to_owned();
    config.audit.s3.every_seconds = 0;
    config
}

/// A log that tells a bucket.
async fn a_log(endpoint: &str) -> Log {
    let setup = Setup { config: config(endpoint), ..Setup::default() }.install(|builder| {
        let secrets = SecretStore::open(&builder.config().data_directory).unwrap();
        secrets.get_or_make("audit-s3-akidexample", || SECRET.to_owned()).unwrap();
        audit::install(builder, &secrets).unwrap()
    });
    Log { app: TestApp::start_with(vec![audit::module()], setup).await }
}

/// Another process of the same installation.
fn another(log: &Log, endpoint: &str) -> Log {
    let setup = Setup { config: config(endpoint), ..setup() };
    Log { app: log.app.another_node_configured(vec![audit::module()], setup) }
}

async fn records(log: &Log, count: usize) {
    log.records(count).await;
    log.settle().await;
    log.sequence().await;
}

/// What the names of the log's objects begin with.
fn folder(log: &Log) -> String {
    format!("cibercase-audit/{}/", log.key().name())
}

/// Puts something there that is not ours to put.
fn put(bucket: &Bucket, name: String, body: &str, is_locked: bool) {
    bucket.objects().insert(name, vec![Version { body: Some(body.to_owned()), is_locked }]);
}

/// What the page of followers shows of the bucket.
async fn follower(log: &Log) -> Value {
    let answer = log.app.an_administrator().await.get("/api/v1/audit/followers").await.expect(200);
    let items = answer["items"].as_array().unwrap();
    items.iter().find(|one| one["name"] == "s3://witness/cibercase-audit/").unwrap().clone()
}

/// Lets the sequencer tell its witnesses until the bucket refuses with these words.
async fn is_refused(log: &Log, words: &str) {
    let began = Instant::now();
    loop {
        let _ = log.try_sequence().await;
        let told = follower(log).await;
        if told["problem"].as_str().is_some_and(|problem| problem.contains(words)) {
            return;
        }
        assert!(began.elapsed() < Duration::from_secs(120), "{words}: {told}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn each_checkpoint_becomes_an_object_that_is_locked_and_signed() {
    let (bucket, endpoint) = Bucket::serve().await;
    let log = a_log(&endpoint).await;
    records(&log, 3).await;
    let first = bucket.objects().len();
    let after = another(&log, &endpoint);
    records(&after, 2).await;
    assert_eq!(follower(&after).await["size"], 5);
    let objects = bucket.objects().clone();
    assert!(first > 0 && objects.len() > first);
    assert!(objects.values().all(|versions| versions.len() == 1 && versions[0].is_locked));
    // The list begins with the last one; as a file it is what `audit verify` takes.
    let note = objects.values().next().unwrap()[0].body.clone().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("checkpoint");
    std::fs::write(&file, &note).unwrap();
    let report = log.verify_with(&file).await;
    assert!(report.is_intact && report.witnessed == Some(5), "{report}");
}

#[tokio::test]
async fn a_log_that_was_rewritten_with_its_key_is_refused_and_nothing_is_put() {
    let (bucket, endpoint) = Bucket::serve().await;
    let log = a_log(&endpoint).await;
    records(&log, 4).await;
    // By somebody who has database and key: everything anew, with one record less.
    let rewrite = "delete from audit_records where object_reference = 'number 1';
        delete from audit_leaves; delete from audit_nodes; delete from audit_checkpoints; delete from audit_progress;";
    log.tamper(rewrite).await;
    std::fs::remove_dir_all(audit::mirror(log.directory())).unwrap();
    let before = bucket.objects().len();
    let rewritten = another(&log, &endpoint);
    is_refused(&rewritten, "it knows 4 records of a log that has 3 now").await;
    rewritten.records(3).await;
    is_refused(&rewritten, "history was rewritten").await;
    assert_eq!(bucket.objects().len(), before);
    assert_eq!(follower(&rewritten).await["size"], 4);
}

#[tokio::test]
async fn what_was_put_first_counts_behind_what_was_laid_over_it_and_deletions() {
    let (bucket, endpoint) = Bucket::serve().await;
    let log = a_log(&endpoint).await;
    records(&log, 3).await;
    for versions in bucket.objects().values_mut() {
        versions.push(Version { body: Some("nonsense".to_owned()), is_locked: true });
        versions.push(Version { body: None, is_locked: false });
    }
    let after = another(&log, &endpoint);
    records(&after, 2).await;
    assert_eq!(follower(&after).await["size"], 5);
}

#[tokio::test]
async fn a_bucket_that_loses_objects_or_does_not_lock_them_is_told() {
    let (bucket, endpoint) = Bucket::serve().await;
    let log = a_log(&endpoint).await;
    records(&log, 3).await;
    let kept = std::mem::take(&mut *bucket.objects());
    log.records(1).await;
    is_refused(&log, "objects are gone").await;
    *bucket.objects() = kept;
    bucket.objects().values_mut().for_each(|versions| versions[0].is_locked = false);
    is_refused(&another(&log, &endpoint), "locked in mode COMPLIANCE").await;
    // Whoever may write there can say anything, but not in our name.
    for versions in bucket.objects().values_mut() {
        versions[0] = Version { body: Some("x\n1\nAAAA\n\n- x y\n".to_owned()), is_locked: true };
    }
    is_refused(&another(&log, &endpoint), "is not of this log").await;
}

#[tokio::test]
async fn what_others_put_beside_the_checkpoints_keeps_none_from_being_witnessed() {
    let (bucket, endpoint) = Bucket::serve().await;
    let log = a_log(&endpoint).await;
    records(&log, 3).await;
    let folder = folder(&log);
    let genuine = bucket.objects().values().next().unwrap()[0].body.clone().unwrap();
    for name in ["0", "\u{1}", " ", "00000000000000000000-1 +%20&<é>", "zzz"] {
        put(&bucket, format!("{folder}{name}"), "nonsense", true);
    }
    // Who guesses where the next ones will stand takes no place of theirs.
    for size in 4..=8 {
        let place = format!("{folder}{:020}-{size}", u64::MAX - size);
        for end in ["", "-", "-00000000000000000000000000000000"] {
            put(&bucket, format!("{place}{end}"), "nonsense", true);
        }
        put(&bucket, format!("{place}-genuine"), &genuine, false);
    }
    let after = another(&log, &endpoint);
    records(&after, 2).await;
    let told = follower(&after).await;
    assert_eq!((&told["size"], &told["problem"]), (&Value::from(5), &Value::Null));
    let restarted = another(&log, &endpoint);
    records(&restarted, 1).await;
    assert_eq!(follower(&restarted).await["size"], 6);
}

#[tokio::test]
async fn a_list_of_many_pages_is_read_and_one_without_end_is_told() {
    let (bucket, endpoint) = Bucket::serve().await;
    let log = a_log(&endpoint).await;
    records(&log, 3).await;
    let folder = folder(&log);
    let last = bucket.objects().keys().next().unwrap().clone();
    let laid_over = Version { body: Some("nonsense".to_owned()), is_locked: true };
    bucket.objects().get_mut(&last).unwrap().extend(vec![laid_over; 450]);
    for number in 0..450 {
        put(&bucket, format!("{folder}!{number}"), "nonsense", true);
    }
    let after = another(&log, &endpoint);
    records(&after, 2).await;
    assert_eq!(follower(&after).await["size"], 5);
    let before = bucket.objects().clone();
    for number in 450..10_000 {
        put(&bucket, format!("{folder}!{number}"), "nonsense", true);
    }
    is_refused(&another(&log, &endpoint), "more are not looked at").await;
    *bucket.objects() = before;
    let last = bucket.objects().keys().find(|key| !key.contains('!')).unwrap().clone();
    let deleted = Version { body: None, is_locked: false };
    bucket.objects().get_mut(&last).unwrap().extend(vec![deleted; 10_000]);
    is_refused(&another(&log, &endpoint), "more are not looked at").await;
}
