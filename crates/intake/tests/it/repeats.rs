//! The same incident again and again.

use futures_util::future::join_all;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use testkit::{Value, json};

use crate::incident::Incident;
use crate::node::{Node, acme, alert_id, ticket_id};

/// A transaction that stays open: as a backup that only reads, or with an id of its own as one that writes.
async fn standing(node: &Node, begin: &str) -> PgConnection {
    let mut database = node.sql().await;
    sqlx::raw_sql(AssertSqlSafe(begin.to_owned())).execute(&mut database).await.unwrap();
    database
}

fn many(bodies: impl Iterator<Item = String>) -> String {
    let bodies = bodies.map(|xml| xml.replace("<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n", ""));
    format!("<incidents>{}</incidents>", bodies.collect::<String>())
}

fn counted(of: &Value) -> (i64, i64) {
    (of["deliveries"].as_i64().unwrap(), of["occurrences"].as_i64().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn thousands_of_repeats_are_counted_while_a_snapshot_is_held_open() {
    let (node, _, source) = acme().await;
    let other = node.another().await;
    let first = node.deliver(&source, Incident::number(1).xml()).await;
    let backup = standing(&node, "begin isolation level repeatable read; select count(*) from alerts").await;
    let posts = (0..8).map(|sender| {
        let (at, source, first) = (if sender % 2 == 0 { &node } else { &other }, &source, &first);
        async move {
            for round in 0..5 {
                // Half of them the very bytes, the others tell a larger count.
                let same = (0..50).map(|_| Incident::number(1).xml());
                let more =
                    (0..50).map(|more| Incident::number(1).count(sender * 250 + round * 50 + more + 2).xml());
                let answers = at.deliver(source, many(same.chain(more))).await;
                assert!(
                    answers.as_array().unwrap().iter().all(|one| one["alert"]["id"] == first["alert"]["id"])
                );
            }
        }
    });
    join_all(posts).await;
    assert_eq!(counted(&node.alert(&alert_id(&first)).await), (4001, 2001));
    let ticket = node.ticket(&ticket_id(&first)).await;
    assert_eq!((&ticket["occurrences"], &ticket["alert_count"]), (&json!(2001), &json!(1)));
    assert_eq!(node.count("alerts").await + node.count("tickets").await, 2);
    backup.close().await.unwrap();
}

#[tokio::test]
async fn what_an_alert_has_not_yet_taken_over_counts_on_its_own_page() {
    let (node, acme, source) = acme().await;
    let first = node.deliver(&source, Incident::number(1).xml()).await;
    node.settled().await;
    // Behind a transaction that is still running nothing is taken over: one before it might still appear.
    let writer = standing(&node, "begin; select pg_current_xact_id()").await;
    for count in [4, 9, 9, 6] {
        node.deliver(&source, Incident::number(1).count(count).xml()).await;
    }
    let ana = node.a_senior_analyst_of(&acme).await;
    let (alert, ticket) = (alert_id(&first), ticket_id(&first));
    let shown = ana.get(&format!("/api/v1/alerts/{alert}")).await.expect(200);
    assert_eq!(counted(&shown), (5, 9));
    let shown = ana.get(&format!("/api/v1/tickets/{ticket}")).await.expect(200);
    assert_eq!(shown["occurrences"], 9);
    let listed = ana.get("/api/v1/alerts").await.expect(200);
    assert_eq!(counted(&listed["items"][0]), (1, 1));
    writer.close().await.unwrap();
    node.settled().await;
    let listed = ana.get("/api/v1/alerts").await.expect(200);
    assert_eq!(counted(&listed["items"][0]), (5, 9));
    assert_eq!(node.ticket(&ticket).await["occurrences"], 9);
    let told = "outbox where topic in ('alerts', 'tickets') and change = 'updated'";
    assert_eq!(node.count(told).await, 2, "one change of the alert and one of its ticket");
}

#[tokio::test]
async fn an_alert_that_changes_its_ticket_leaves_what_it_counted_with_the_old_one() {
    let (node, _, source) = acme().await;
    let first = node.deliver(&source, Incident::number(1).xml()).await;
    let before = ticket_id(&first);
    let writer = standing(&node, "begin; select pg_current_xact_id()").await;
    node.deliver(&source, Incident::number(1).count(5).xml()).await;
    node.close(&before, "false_positive").await;
    let again = Incident::number(1).count(8);
    let cleared = again.clone().cleared().xml();
    node.deliver(&source, cleared).await;
    let after = node.deliver(&source, again.count(11).xml()).await;
    assert_eq!(after["outcome"], "created");
    writer.close().await.unwrap();
    assert_eq!(node.ticket(&ticket_id(&after)).await["occurrences"], 11);
    assert_eq!(node.ticket(&before).await["occurrences"], 11);
    assert_eq!(counted(&node.alert(&alert_id(&first)).await), (4, 11));
}
