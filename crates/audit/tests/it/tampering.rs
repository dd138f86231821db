//! What a superuser does behind the triggers' back, verification names with its place.

use audit::{Finding, Kind, Record, Report};
use ipnet::IpNet;
use merkle::{Frontier, SigningKey};
use serde_json::value::RawValue;
use sqlx::{AssertSqlSafe, raw_sql};

use crate::log::Log;

/// Ten records, sequenced in two goes; a witness has seen them.
async fn a_log() -> Log {
    let log = Log::start().await;
    log.records(6).await;
    log.settle().await;
    log.records(4).await;
    log.settle().await;
    log.sequence().await;
    log
}

fn found(report: &Report) -> (Kind, Option<u64>) {
    assert!(!report.is_intact);
    let Finding { kind, index, .. } = report.finding.as_ref().unwrap();
    (*kind, *index)
}

/// What verification finds after the statements, without and with a witness.
async fn after(statements: &'static str) -> [(Kind, Option<u64>); 2] {
    let log = a_log().await;
    log.tamper(statements).await;
    [found(&log.verify().await), found(&log.verify_with_mirror().await)]
}

#[tokio::test]
async fn a_log_that_nobody_touched_is_intact() {
    let log = a_log().await;
    let report = log.verify_with_mirror().await;
    assert!(report.is_intact, "{report}");
    assert_eq!((report.size, report.witnessed, report.pending), (10, Some(10), 0));
    assert!(Log::start().await.verify().await.is_intact, "an empty one is too");
}

#[tokio::test]
async fn a_changed_record_is_named() {
    let change = "update audit_records set actor_name = 'somebody else'
        where id = (select record_id from audit_leaves where index = 3)";
    assert_eq!(after(change).await, [(Kind::RecordChanged, Some(3)); 2]);
}

#[tokio::test]
async fn the_first_of_several_changes_is_named() {
    let change = "update audit_records set detail = '{}'
        where id in (select record_id from audit_leaves where index in (7, 5, 9))";
    assert_eq!(after(change).await, [(Kind::RecordChanged, Some(5)); 2]);
}

#[tokio::test]
async fn a_removed_record_is_named() {
    let remove = "delete from audit_records where id = (select record_id from audit_leaves where index = 8)";
    assert_eq!(after(remove).await, [(Kind::RecordMissing, Some(8)); 2]);
}

#[tokio::test]
async fn a_record_removed_with_its_leaf_is_named() {
    let remove = "delete from audit_records where id = (select record_id from audit_leaves where index = 4);
        delete from audit_leaves where index = 4";
    assert_eq!(after(remove).await, [(Kind::LeafMissing, Some(4)); 2]);
}

#[tokio::test]
async fn truncated_records_are_named_from_the_first_on() {
    assert_eq!(after("truncate audit_records").await, [(Kind::RecordMissing, Some(0)); 2]);
}

#[tokio::test]
async fn truncated_leaves_are_named_from_the_first_on() {
    let all = "truncate audit_leaves; truncate audit_records";
    assert_eq!(after(all).await, [(Kind::LeafMissing, Some(0)); 2]);
}

#[tokio::test]
async fn an_end_cut_off_with_its_checkpoints_is_known_to_the_witness_alone() {
    let log = a_log().await;
    log.tamper(
        "delete from audit_records where id in (select record_id from audit_leaves where index >= 6);
         delete from audit_leaves where index >= 6;
         delete from audit_nodes where (index + 1) << level > 6;
         delete from audit_checkpoints where size > 6",
    )
    .await;
    assert!(log.verify().await.is_intact);
    assert_eq!(found(&log.verify_with_mirror().await), (Kind::HistoryRewritten, Some(6)));
}

#[tokio::test]
async fn everything_truncated_is_known_to_the_witness() {
    let log = a_log().await;
    log.tamper("truncate audit_records, audit_leaves, audit_nodes, audit_checkpoints, audit_progress").await;
    assert_eq!(found(&log.verify_with_mirror().await), (Kind::HistoryRewritten, Some(0)));
}

#[tokio::test]
async fn a_changed_leaf_is_told_from_a_changed_record() {
    let change = "update audit_leaves set hash = sha256('another') where index = 2";
    assert_eq!(after(change).await, [(Kind::LeafChanged, Some(2)); 2]);
}

#[tokio::test]
async fn a_changed_node_is_named_with_the_first_leaf_below_it() {
    let change = "update audit_nodes set hash = sha256('another') where level = 1 and index = 3";
    assert_eq!(after(change).await, [(Kind::NodeChanged, Some(6)); 2]);
}

#[tokio::test]
async fn a_changed_checkpoint_is_named() {
    let change = "update audit_checkpoints set root = sha256('another') where size = 10";
    assert_eq!(after(change).await, [(Kind::BadSignature, Some(9)); 2]);
}

#[tokio::test]
async fn a_removed_last_checkpoint_is_named() {
    let log = a_log().await;
    log.tamper("delete from audit_checkpoints where size > 6").await;
    assert_eq!(found(&log.verify().await), (Kind::CheckpointMissing, Some(6)));
}

#[tokio::test]
async fn a_record_put_in_behind_the_sequencers_back_is_named() {
    let log = a_log().await;
    log.tamper(
        "insert into audit_records (id, actor_kind, actor_name, action, object_kind, xact)
         select gen_random_uuid(), 'system', 'nobody', 'test.done', 'test', min(xact::text::bigint)::text::xid8
         from audit_records",
    )
    .await;
    log.sequence().await;
    assert_eq!(found(&log.verify().await), (Kind::RecordAdded, None));
}

#[tokio::test]
async fn a_log_rewritten_whole_without_its_key_is_named() {
    let log = a_log().await;
    log.tamper("update audit_records set actor_name = 'x' where id = (select record_id from audit_leaves where index = 5)")
        .await;
    rechain(&log, &SigningKey::of(log.key().name(), &[7; 32]).unwrap()).await;
    assert_eq!(found(&log.verify().await), (Kind::BadSignature, Some(9)));
    assert_eq!(found(&log.verify_with_mirror().await), (Kind::HistoryRewritten, Some(5)));
}

#[tokio::test]
async fn a_log_rewritten_whole_with_its_own_key_is_caught_by_the_witness() {
    let log = a_log().await;
    log.tamper("update audit_records set actor_name = 'x' where id = (select record_id from audit_leaves where index = 5)")
        .await;
    rechain(&log, &stolen_key(&log)).await;
    let report = log.verify().await;
    assert!(report.is_intact, "nothing in the database tells: {report}");
    assert_eq!(found(&log.verify_with_mirror().await), (Kind::HistoryRewritten, Some(5)));
    // Neither does the witness follow it.
    log.record("one more").await;
    let began = std::time::Instant::now();
    let refusal = loop {
        if let Err(error) = log.try_sequence().await {
            break format!("{error:?}");
        }
        assert!(began.elapsed() < std::time::Duration::from_secs(120), "it is never refused");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    };
    assert!(refusal.contains("history was rewritten"), "{refusal}");
}

/// The key of the data directory.
fn stolen_key(log: &Log) -> SigningKey {
    let text = std::fs::read_to_string(log.directory().join("secrets/audit-log-key")).unwrap();
    let pairs = (0..64).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap());
    let seed = pairs.collect::<Vec<_>>().try_into().unwrap();
    SigningKey::of(log.key().name(), &seed).unwrap()
}

/// Makes leaves, nodes and one checkpoint anew from the records as they are now.
async fn rechain(log: &Log, key: &SigningKey) {
    let mut root = log.superuser().await;
    let rows = sqlx::query!(
        r#"select r.id, r.organization_id, r.actor_kind, r.actor_id, r.actor_name, r.action, r.object_kind, r.object_id,
                  r.object_reference, r.detail::text as detail, r.ip as "ip: IpNet", r.request_id
           from audit_leaves l join audit_records r on r.id = l.record_id order by l.index"#
    );
    let rows = rows.fetch_all(&mut root).await.unwrap();
    let (mut frontier, mut statements) = (Frontier::default(), Vec::new());
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    for (index, row) in rows.into_iter().enumerate() {
        let record = Record {
            id: row.id,
            organization_id: row.organization_id,
            actor_kind: row.actor_kind,
            actor_id: row.actor_id,
            actor_name: row.actor_name,
            action: row.action,
            object_kind: row.object_kind,
            object_id: row.object_id,
            object_reference: row.object_reference,
            detail: row.detail.map(|text| RawValue::from_string(text).unwrap()),
            ip: row.ip,
            request_id: row.request_id,
        };
        let leaf = record.leaf().unwrap();
        statements.push(format!(
            "insert into audit_leaves values ({index}, '{}', '\\x{}')",
            row.id,
            hex(&leaf)
        ));
        frontier.append(leaf, |node, hash| {
            if node.level > 0 {
                let (level, index) = (node.level, node.index);
                statements
                    .push(format!("insert into audit_nodes values ({level}, {index}, '\\x{}')", hex(&hash)));
            }
        });
    }
    let (size, root_hash) = (frontier.size(), frontier.root());
    let said = merkle::Checkpoint { origin: key.public().name().to_owned(), size, root: root_hash };
    let note = key.sign(&said.to_string()).unwrap();
    statements.push(format!(
        "insert into audit_checkpoints values ({size}, '\\x{}', '{note}', now())",
        hex(&root_hash)
    ));
    log.tamper("truncate audit_leaves, audit_nodes, audit_checkpoints").await;
    raw_sql(AssertSqlSafe(statements.join(";\n"))).execute(&mut root).await.unwrap();
}
