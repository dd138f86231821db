//! Another installation as a witness.

use platform::config::Config;
use testkit::{Actor, Setup, TestApp, Value, json};

use crate::log::{Log, setup};

const WITNESS: &str = "/api/v1/audit/witness";

/// An installation that is a witness of logs with these keys, and where it answers.
async fn a_witness(keys: &[String]) -> (Log, String) {
    let mut config = Config::defaults().unwrap();
    config.audit.witness_of = keys.to_vec();
    let log = Log { app: TestApp::start_with(vec![audit::module()], Setup { config, ..setup() }).await };
    let address = format!("http://{}", log.app.serve().await);
    (log, address)
}

/// The same log, its sequencer telling `witness` from now on.
fn telling(log: &Log, witness: &str) -> Log {
    let mut config = log.app.app.config.clone();
    config.audit.witnesses = vec![witness.to_owned()];
    Log { app: log.app.another_node_configured(vec![audit::module()], Setup { config, ..setup() }) }
}

async fn follower(admin: &Actor, address: &str) -> Value {
    let answer = admin.get("/api/v1/audit/followers").await.expect(200);
    answer["items"].as_array().unwrap().iter().find(|one| one["name"] == address).unwrap().clone()
}

/// What is signed of a log, as it is shown to a witness that knows nothing.
async fn shown(admin: &Actor) -> Value {
    let state = admin.get("/api/v1/audit/checkpoint").await.expect(200);
    json!({ "note": state["checkpoint"]["note"], "old_size": 0, "proof": [] })
}

#[tokio::test]
async fn another_installation_keeps_the_last_checkpoint_of_each_log_that_it_witnesses() {
    let first = Log::start().await;
    let (witness, address) = a_witness(&[first.key().to_string()]).await;
    let log = telling(&first, &address);
    let (admin, theirs) = (log.app.an_administrator().await, witness.app.an_administrator().await);
    for size in [3, 5] {
        log.records(
            size - usize::try_from(follower(&admin, &address).await["size"].as_u64().unwrap()).unwrap(),
        )
        .await;
        log.settle().await;
        log.sequence().await;
        let told = follower(&admin, &address).await;
        assert_eq!(
            (&told["size"], &told["behind"], &told["problem"]),
            (&json!(size), &json!(0), &Value::Null)
        );
        let kept = theirs.get("/api/v1/audit/witnessed").await.expect(200);
        assert_eq!(kept["items"].as_array().unwrap().len(), 1);
        assert_eq!(kept["items"][0]["origin"], log.key().name());
        let ours = admin.get("/api/v1/audit/checkpoint").await.expect(200);
        assert_eq!(kept["items"][0]["checkpoint"]["note"], ours["checkpoint"]["note"]);
    }
    // A process that has forgotten what the witness knows is told.
    let restarted = telling(&first, &address);
    restarted.record("after").await;
    restarted.settle().await;
    restarted.sequence().await;
    assert_eq!(follower(&admin, &address).await["size"], 6);
}

#[tokio::test]
async fn a_rewritten_log_is_refused_by_the_other_installation_and_both_say_so() {
    let first = Log::start().await;
    let (witness, address) = a_witness(&[first.key().to_string()]).await;
    let log = telling(&first, &address);
    log.records(4).await;
    log.settle().await;
    log.sequence().await;
    // By somebody who has database and key: everything anew, with one record less.
    let rewrite = "delete from audit_records where object_reference = 'number 1';
        delete from audit_leaves; delete from audit_nodes; delete from audit_checkpoints; delete from audit_progress;";
    log.tamper(rewrite).await;
    std::fs::remove_dir_all(audit::mirror(log.directory())).unwrap();
    let rewritten = telling(&first, &address);
    rewritten.records(3).await;
    let admin = rewritten.app.an_administrator().await;
    let began = std::time::Instant::now();
    let told = loop {
        let _ = rewritten.try_sequence().await;
        let told = follower(&admin, &address).await;
        if told["problem"].as_str().is_some_and(|problem| problem.contains("409")) {
            break told;
        }
        assert!(began.elapsed() < std::time::Duration::from_secs(60), "{told}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    };
    assert_eq!(told["size"], 4);
    assert_eq!(witness.app.audit_actions().await[0], "audit_log.contradicted");
    let kept = witness.app.an_administrator().await.get("/api/v1/audit/witnessed").await.expect(200);
    assert_eq!(kept["items"][0]["checkpoint"]["size"], 4);
}

#[tokio::test]
async fn nobody_but_the_keys_that_are_named_is_witnessed() {
    let (log, stranger) = (Log::start().await, Log::start().await);
    let (witness, address) = a_witness(&[log.key().to_string()]).await;
    for one in [&log, &stranger] {
        one.records(2).await;
        one.settle().await;
    }
    let nobody = witness.app.nobody();
    let theirs = shown(&stranger.app.an_administrator().await).await;
    nobody.post(WITNESS, theirs.clone()).await.expect_problem(403, "log_unknown");
    let ours = shown(&log.app.an_administrator().await).await;
    let forged = ours["note"].as_str().unwrap().replacen("\n2\n", "\n3\n", 1);
    nobody
        .post(WITNESS, json!({ "note": forged, "old_size": 0, "proof": [] }))
        .await
        .expect_problem(403, "log_unknown");
    nobody
        .post(WITNESS, json!({ "note": ours["note"], "old_size": 0, "proof": ["x"] }))
        .await
        .expect_problem(422, "validation_failed");
    assert_eq!(nobody.post(WITNESS, ours.clone()).await.expect(200)["size"], 2);
    let stale = nobody.post(WITNESS, ours.clone()).await.expect_problem(409, "checkpoint_stale");
    assert_eq!(stale["context"]["size"], 2);
    // An old checkpoint that is shown again contradicts nothing.
    log.records(1).await;
    log.settle().await;
    let grown = telling(&log, &address);
    let admin = grown.app.an_administrator().await;
    grown.settle().await;
    grown.sequence().await;
    let known = follower(&admin, &address).await["size"].as_u64().unwrap();
    let again = json!({ "note": ours["note"], "old_size": known, "proof": [] });
    let stale = nobody.post(WITNESS, again).await.expect_problem(409, "checkpoint_stale");
    assert_eq!(stale["context"]["size"], known);
    assert!(!witness.app.audit_actions().await.contains(&"audit_log.contradicted".to_owned()));
    // Whoever is not named is told, and the others are told of it.
    let unknown = telling(&stranger, &address);
    assert!(unknown.try_sequence().await.is_err());
    let admin = unknown.app.an_administrator().await;
    assert!(follower(&admin, &address).await["problem"].as_str().unwrap().contains("403"));
}
