//! Which leaf a record gets.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use platform::db::Scope;
use sqlx::raw_sql;

use crate::log::{Log, count_of_leaves, order_of_leaves, order_of_records, record};

#[tokio::test]
async fn every_record_gets_one_leaf_in_the_order_of_transactions() {
    let log = Log::start().await;
    log.records(5).await;
    log.settle().await;
    log.records(4).await;
    log.settle().await;
    let mut root = log.superuser().await;
    let leaves = order_of_leaves(&mut root).await;
    assert_eq!(leaves.len(), 9);
    assert_eq!(leaves, order_of_records(&mut root).await);
}

#[tokio::test]
async fn a_checkpoint_is_made_when_there_is_something_new_and_only_then() {
    let log = Log::start().await;
    log.sequence().await;
    let mut root = log.superuser().await;
    assert_eq!(sizes(&mut root).await, Vec::<i64>::new());
    log.records(3).await;
    log.settle().await;
    let before = sizes(&mut root).await;
    assert_eq!(before.last(), Some(&3));
    log.sequence().await;
    log.sequence().await;
    assert_eq!(sizes(&mut root).await, before);
}

#[tokio::test]
async fn sixty_four_writers_and_two_sequencers_make_one_log_without_gap_or_fork() {
    const WRITERS: usize = 64;
    const EACH: usize = 8;
    let log = Arc::new(Log::start().await);
    let other = Arc::new(log.another_node());
    let is_over = Arc::new(AtomicBool::new(false));
    let sequencers = [log.clone(), other.clone()].map(|node| {
        let is_over = is_over.clone();
        async move {
            while !is_over.load(Ordering::Relaxed) {
                node.sequence().await;
                tokio::task::yield_now().await;
            }
        }
    });
    let writers = (0..WRITERS).map(|writer| {
        let node = if writer % 2 == 0 { log.clone() } else { other.clone() };
        async move {
            for number in 0..EACH {
                node.record(&format!("{writer}, {number}")).await;
            }
        }
    });
    let writing = async {
        futures_util::future::join_all(writers).await;
        is_over.store(true, Ordering::Relaxed);
    };
    let [one, another] = sequencers;
    tokio::join!(one, another, writing);
    log.settle().await;
    let mut root = log.superuser().await;
    let leaves = order_of_leaves(&mut root).await;
    assert_eq!(leaves.len(), WRITERS * EACH);
    assert_eq!(leaves, order_of_records(&mut root).await);
}

#[tokio::test]
async fn a_record_that_commits_late_is_neither_lost_nor_reordered() {
    let log = Log::start().await;
    log.record("before").await;
    let mut late = log.app.app.db.begin(Scope::System).await.unwrap();
    record(&mut late, "late").await;
    log.record("after").await;
    log.sequence().await;
    let mut root = log.superuser().await;
    assert!(count_of_leaves(&mut root).await <= 1, "what comes after a running transaction waits for it");
    late.commit().await.unwrap();
    log.settle().await;
    let names = sqlx::query_scalar!(
        r#"select r.object_reference as "name!" from audit_leaves l join audit_records r on r.id = l.record_id
           order by l.index"#
    );
    assert_eq!(names.fetch_all(&mut root).await.unwrap(), ["before", "late", "after"]);
}

#[tokio::test]
async fn more_records_than_one_transaction_takes_are_sequenced_in_one_run() {
    let log = Log::start().await;
    let mut root = log.superuser().await;
    let many = "insert into audit_records (id, actor_kind, actor_name, action, object_kind)
         select gen_random_uuid(), 'system', 'CiberCase', 'test.done', 'test' from generate_series(1, 4500)";
    raw_sql(many).execute(&mut root).await.unwrap();
    log.settle().await;
    assert_eq!(order_of_leaves(&mut root).await, order_of_records(&mut root).await);
    assert_eq!(sizes(&mut root).await, [2000, 4000, 4500]);
}

#[tokio::test]
async fn a_database_restored_in_another_cluster_goes_on_where_it_was() {
    let log = Log::start().await;
    log.records(3).await;
    log.settle().await;
    let before = order_of_leaves(&mut log.superuser().await).await;
    log.record("not yet sequenced").await;
    // Transactions had higher numbers where it came from.
    let mut root = log.superuser().await;
    let restore = "set session_replication_role = replica;
         update audit_records set xact = (xact::text::bigint + 1000000000)::text::xid8;
         update audit_progress set cluster = 'another', xact = (xact::text::bigint + 1000000000)::text::xid8;";
    raw_sql(restore).execute(&mut root).await.unwrap();
    log.record("new").await;
    log.settle().await;
    log.record("newer").await;
    log.settle().await;
    let after = order_of_leaves(&mut root).await;
    assert_eq!(after[..3], before);
    assert_eq!(after.len(), 6);
}

#[tokio::test]
async fn nothing_grows_out_of_a_tree_that_is_not_the_signed_one() {
    let log = Log::start().await;
    log.records(3).await;
    log.settle().await;
    let mut root = log.superuser().await;
    let change = "set session_replication_role = replica;
         update audit_leaves set hash = sha256('another') where index = 2";
    raw_sql(change).execute(&mut root).await.unwrap();
    log.record("one more").await;
    let job = log.jobs.iter().find(|job| job.name == "audit.sequence").unwrap();
    let began = std::time::Instant::now();
    while job.run(&log.app.app).await.is_ok() {
        assert!(began.elapsed() < std::time::Duration::from_secs(120), "it is never refused");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(count_of_leaves(&mut root).await, 3);
}

async fn sizes(root: &mut sqlx::PgConnection) -> Vec<i64> {
    sqlx::query_scalar!("select size from audit_checkpoints order by size").fetch_all(root).await.unwrap()
}
