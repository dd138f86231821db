//! The tree through HTTP.

use audit::{Kind, WitnessCopy, verify_export};
use testkit::{Actor, TestApp, Value, json};

use crate::log::Log;

const CHECKPOINT: &str = "/api/v1/audit/checkpoint";
const EXPORT: &str = "/api/v1/audit/export";

/// A log with a record of each of two organizations and two of neither.
async fn a_log() -> (Log, [Actor; 3]) {
    let log = Log::start().await;
    let (acme, globex) = (log.organization("Acme").await, log.organization("Globex").await);
    let admin = log.an_administrator().await;
    let (of_acme, of_globex) = (log.an_auditor_of(&acme).await, log.an_auditor_of(&globex).await);
    for organization in [&acme, &globex] {
        let path = format!("/api/v1/organizations/{}", organization.id);
        admin.patch(&path, 1, json!({ "name": format!("{} Ltd", organization.name) })).await.expect(200);
    }
    log.records(2).await;
    log.settle().await;
    (log, [admin, of_acme, of_globex])
}

async fn first_record(actor: &Actor) -> String {
    let items = actor.get("/api/v1/audit").await.items();
    items[0]["id"].as_str().unwrap().to_owned()
}

fn lines(export: &str) -> Vec<Value> {
    export.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn the_latest_checkpoint_is_told_with_the_key_that_verifies_it() {
    let app = Log::start().await;
    let admin = app.an_administrator().await;
    assert_eq!(admin.get(CHECKPOINT).await.expect(200)["checkpoint"], Value::Null);
    admin.get(EXPORT).await.expect_problem(409, "audit_log_empty");
    let (log, [admin, ..]) = a_log().await;
    let state = admin.get(CHECKPOINT).await.expect(200);
    assert_eq!(state["key"], log.key().to_string());
    let note = log.key().open(state["checkpoint"]["note"].as_str().unwrap()).map(str::to_owned).unwrap();
    assert_eq!(merkle::Checkpoint::read(&note).unwrap().size, state["checkpoint"]["size"].as_u64().unwrap());
}

#[tokio::test]
async fn a_record_is_proven_to_those_who_may_read_it_and_to_nobody_else() {
    let (_log, [admin, of_acme, of_globex]) = a_log().await;
    let path = format!("/api/v1/audit/{}/proof", first_record(&of_acme).await);
    for reader in [&admin, &of_acme] {
        let proof = reader.get(&path).await.expect(200);
        assert_eq!(proof["state"], "proven", "{proof}");
        verify(&proof);
    }
    of_globex.get(&path).await.expect(404);
}

/// As a client does, with nothing of ours but the bytes.
fn verify(proof: &Value) {
    use base64::Engine;
    let decode =
        |value: &Value| base64::engine::general_purpose::STANDARD.decode(value.as_str().unwrap()).unwrap();
    let hash = |value: &Value| -> merkle::Hash { decode(value).try_into().unwrap() };
    let leaf = merkle::leaf_hash(&decode(&proof["record_bytes"]));
    let hashes = proof["proof"].as_array().unwrap().iter().map(hash).collect::<Vec<_>>();
    let (index, size) = (proof["index"].as_u64().unwrap(), proof["checkpoint"]["size"].as_u64().unwrap());
    merkle::verify_inclusion(&leaf, index, size, &hashes, &hash(&proof["checkpoint"]["root"])).unwrap();
}

#[tokio::test]
async fn a_changed_record_is_shown_as_broken() {
    let (log, [admin, ..]) = a_log().await;
    let path = format!("/api/v1/audit/{}/proof", first_record(&admin).await);
    log.tamper("update audit_records set action = 'another.done'").await;
    assert_eq!(admin.get(&path).await.expect(200)["state"], "broken");
}

#[tokio::test]
async fn a_record_without_its_leaf_is_pending() {
    let (log, [admin, ..]) = a_log().await;
    log.record("new").await;
    let path = format!("/api/v1/audit/{}/proof", first_record(&admin).await);
    let proof = admin.get(&path).await.expect(200);
    assert_eq!((&proof["state"], &proof["index"]), (&json!("pending"), &Value::Null));
}

#[tokio::test]
async fn an_older_checkpoint_is_proven_to_be_the_beginning_of_the_latest() {
    let (log, [admin, ..]) = a_log().await;
    let before = admin.get(CHECKPOINT).await.expect(200)["checkpoint"].clone();
    log.records(5).await;
    log.settle().await;
    let after = admin.get(CHECKPOINT).await.expect(200)["checkpoint"].clone();
    let path = format!("/api/v1/audit/consistency?from={}", before["size"]);
    let answer = admin.get(&path).await.expect(200);
    use base64::Engine;
    let hash = |value: &Value| -> merkle::Hash {
        let bytes = base64::engine::general_purpose::STANDARD.decode(value.as_str().unwrap()).unwrap();
        bytes.try_into().unwrap()
    };
    let proof = answer["proof"].as_array().unwrap().iter().map(hash).collect::<Vec<_>>();
    let sizes = [&before, &after].map(|checkpoint| checkpoint["size"].as_u64().unwrap());
    merkle::verify_consistency(sizes[0], sizes[1], &proof, &hash(&before["root"]), &hash(&after["root"]))
        .unwrap();
    for wrong in ["from=900000", "from=1&to=900000", "from=-1", "to=1"] {
        admin.get(&format!("/api/v1/audit/consistency?{wrong}")).await.expect(422);
    }
}

#[tokio::test]
async fn an_export_is_verified_far_from_the_database_and_is_recorded() {
    let (log, [admin, ..]) = a_log().await;
    let answer = admin.get(EXPORT).await;
    assert_eq!(answer.status, 200);
    let report = verify_export(&answer.body[..], &log.key(), None).unwrap();
    assert!(report.is_intact && report.size == 4, "{report}");
    assert!(log.audit_actions().await.contains(&"audit_log.exported".to_owned()));
}

#[tokio::test]
async fn an_export_holds_the_readers_records_only_and_verifies_all_the_same() {
    let (log, [_, of_acme, _]) = a_log().await;
    let answer = of_acme.get(EXPORT).await;
    let report = verify_export(&answer.body[..], &log.key(), None).unwrap();
    assert!(report.is_intact && report.size == 4, "{report}");
    let lines = lines(&answer.text());
    assert_eq!(lines[1..].iter().filter(|line| !line["record"].is_null()).count(), 1);
    assert!(!answer.text().contains("Globex"));
}

#[tokio::test]
async fn what_was_changed_in_an_export_is_named() {
    let (log, [admin, ..]) = a_log().await;
    log.sequence().await;
    let text = admin.get(EXPORT).await.text();
    let witness = WitnessCopy::read(&audit::mirror(log.directory()), &log.key()).unwrap();
    let found = |text: &str, witness: Option<&WitnessCopy>| {
        let report = verify_export(text.as_bytes(), &log.key(), witness).unwrap();
        let finding = report.finding.unwrap();
        (finding.kind, finding.index)
    };
    let changed = text.replace("number 1", "number 9");
    let lines = text.lines().collect::<Vec<_>>();
    let cut = lines[..4].join("\n");
    let gap = [&lines[..2], &lines[3..]].concat().join("\n");
    for witness in [None, Some(&witness)] {
        assert_eq!(found(&changed, witness), (Kind::RecordChanged, Some(3)));
        assert_eq!(found(&cut, witness), (Kind::LeafMissing, Some(3)));
        assert_eq!(found(&gap, witness), (Kind::LeafMissing, Some(1)));
    }
}

#[tokio::test]
async fn only_auditors_and_administrators_read_and_export() {
    let app: TestApp = Log::start().await.app;
    let acme = app.organization("Acme").await;
    let proof = format!("/api/v1/audit/{}/proof", uuid::Uuid::nil());
    for path in [CHECKPOINT, EXPORT, &proof, "/api/v1/audit/consistency?from=0"] {
        for actor in
            [app.an_analyst_of(&acme).await, app.a_soc_manager_of(&acme).await, app.a_viewer_of(&acme).await]
        {
            actor.get(path).await.expect(403);
        }
        app.nobody().get(path).await.expect(401);
        assert_ne!(app.an_auditor_of(&acme).await.get(path).await.status, 403);
    }
}
