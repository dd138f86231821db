//! Past so many tickets of a rule in an hour, one ticket gathers the rest.

use futures_util::future::join_all;
use sqlx::{Connection, PgConnection};
use testkit::{Value, json};

use crate::incident::Incident;
use crate::node::{Node, Source, acme, alert_id, ticket_id};

fn apart(number: usize) -> Incident {
    Incident::number(number).to(&format!("10.0.{}.{}", number / 250, number % 250))
}

async fn fill(node: &Node, source: &Source, numbers: std::ops::Range<usize>) -> Vec<Value> {
    let body = numbers
        .map(|number| apart(number).xml().replace("<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n", ""));
    let body = format!("<incidents>{}</incidents>", body.collect::<String>());
    node.deliver(source, body).await.as_array().unwrap().clone()
}

#[tokio::test]
async fn past_thirty_tickets_of_a_rule_one_storm_ticket_gathers_the_rest() {
    let (node, _, source) = acme().await;
    let answers = fill(&node, &source, 1..41).await;
    let created = answers.iter().filter(|answer| answer["outcome"] == "created").count();
    assert_eq!(created, 30);
    let storm = answers.last().unwrap();
    assert_eq!((&storm["outcome"], &storm["why"]), (&json!("linked"), &json!("storm")));
    let ticket = node.ticket(&ticket_id(storm)).await;
    assert_eq!((&ticket["is_storm"], &ticket["alert_count"]), (&json!(true), &json!(10)));
    assert_eq!(node.count("tickets").await, 31);
    let next = node.deliver(&source, apart(41).xml()).await;
    assert_eq!(next["ticket"]["id"], storm["ticket"]["id"]);
    let other = node.deliver(&source, apart(42).rule("PH_RULE_OTHER").xml()).await;
    assert_eq!(other["outcome"], "created", "another rule has its own share");
    assert_eq!(node.ticket(&ticket_id(storm)).await["alert_count"], 11);
}

#[tokio::test]
async fn a_closed_storm_ticket_gets_a_successor() {
    let (node, _, source) = acme().await;
    let answers = fill(&node, &source, 1..32).await;
    let first = ticket_id(answers.last().unwrap());
    node.close(&first, "benign_positive").await;
    let next = node.deliver(&source, apart(50).xml()).await;
    assert_eq!(next["why"], "storm");
    assert_ne!(ticket_id(&next), first);
    assert_eq!(node.deliver(&source, apart(51).xml()).await["ticket"], next["ticket"]);
    assert_eq!(node.ticket(&first).await["stage"], "closed");
}

#[tokio::test]
async fn only_tickets_count_for_a_storm() {
    let (node, _, source) = acme().await;
    let clears = (1..41).map(|number| apart(number).cleared().xml());
    for clear in clears {
        assert_eq!(node.deliver(&source, clear).await["ticket"], json!(null));
    }
    // Forty incidents of one rule between the same parties are one ticket, however they come.
    let alike = (100..140).map(|number| Incident::number(number).to("10.9.9.9").xml());
    let body =
        alike.map(|xml| xml.replace("<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n", "")).collect::<String>();
    node.deliver(&source, format!("<incidents>{body}</incidents>")).await;
    assert_eq!(node.count("tickets").await, 1);
    let answer = node.deliver(&source, apart(300).xml()).await;
    assert_eq!(answer["outcome"], "created");
    assert_eq!(node.row("select sum(tickets) as tickets from rule_hours").await["tickets"], 2);
}

#[tokio::test]
async fn an_alert_that_was_there_before_counts_on_the_storm_ticket_it_joins() {
    let (node, _, source) = acme().await;
    node.deliver(&source, apart(500).cleared().xml()).await;
    let answers = fill(&node, &source, 1..32).await;
    let storm = ticket_id(answers.last().unwrap());
    node.run_sql("update rule_hours set tickets = 30").await;
    // Known keys are not counted ahead, and find the share of the rule used up only with the next that is new.
    let body = [apart(501).xml(), apart(500).xml()]
        .map(|xml| xml.replace("<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n", ""));
    let answers = node.deliver(&source, format!("<incidents>{}</incidents>", body.concat())).await;
    assert_eq!(answers[1]["why"], "storm");
    assert_eq!(node.ticket(&storm).await["alert_count"], 3);
}

#[tokio::test]
async fn without_a_limit_every_incident_opens_its_ticket() {
    let (node, _, source) = acme().await;
    source.change(json!({ "storm_limit": null })).await;
    fill(&node, &source, 1..41).await;
    assert_eq!(node.count("tickets where not is_storm").await, 40);
}

#[tokio::test]
async fn the_limit_holds_across_nodes() {
    let (node, _, source) = acme().await;
    let other = node.another().await;
    let (one, two) = tokio::join!(fill(&node, &source, 1..31), fill(&other, &source, 31..61));
    assert_eq!(one.len() + two.len(), 60);
    assert_eq!(node.count("tickets where not is_storm").await, 30);
    assert_eq!(node.count("tickets where is_storm").await, 1);
    assert_eq!(node.row("select alert_count from tickets where is_storm").await["alert_count"], 30);
    assert_eq!(node.count("(select distinct reference from tickets) as found").await, 31);
}

/// A storm that is under way: the answer to its first alert.
async fn a_storm(node: &Node, source: &Source) -> Value {
    let answers = fill(node, source, 1..32).await;
    node.settled().await;
    answers.last().unwrap().clone()
}

/// Somebody who is at taking over, as another process would be: the others leave it to them.
async fn taking_over(node: &Node) -> PgConnection {
    let mut database = node.sql().await;
    let place = "begin; select * from alert_counts_taken for update";
    sqlx::raw_sql(place).execute(&mut database).await.unwrap();
    database
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_who_add_to_a_storm_at_two_nodes_count_once_each() {
    let (node, _, source) = acme().await;
    let other = node.another().await;
    let storm = ticket_id(&a_storm(&node, &source).await);
    let posts = (0..8).map(|sender| {
        let (at, source) = (if sender % 2 == 0 { &node } else { &other }, &source);
        async move {
            for round in 0..5 {
                let first = 1000 + sender * 100 + round * 20;
                // Half of them one by one, so that batches of both nodes overlap.
                fill(at, source, first..first + 10).await;
                for number in first + 10..first + 20 {
                    at.deliver(source, apart(number).xml()).await;
                }
            }
        }
    });
    join_all(posts).await;
    assert_eq!(node.ticket(&storm).await["alert_count"], 801);
    assert_eq!(node.count(&format!("alerts where ticket_id = '{storm}'")).await, 801);
    let sums = "select (select sum(occurrences)::bigint from alerts) as of_alerts,
                       (select sum(occurrences)::bigint from tickets) as of_tickets";
    let sums = node.row(sums).await;
    assert_eq!(sums["of_alerts"], sums["of_tickets"]);
    assert_eq!(node.count("tickets where is_storm").await, 1);
    assert_eq!(node.row("select tickets from rule_hours").await["tickets"], 30);
}

#[tokio::test]
async fn what_a_storms_ticket_has_not_yet_taken_over_counts_on_its_page() {
    let (node, acme, source) = acme().await;
    let storm = ticket_id(&a_storm(&node, &source).await);
    let told = format!("outbox where topic = 'tickets' and change = 'updated' and object_id = '{storm}'");
    let before = node.count(&told).await;
    let elsewhere = taking_over(&node).await;
    for number in 40..44 {
        node.deliver(&source, apart(number).count(3).xml()).await;
    }
    let ana = node.a_senior_analyst_of(&acme).await;
    let shown = ana.get(&format!("/api/v1/tickets/{storm}")).await.expect(200);
    let stored = node.row(&format!("select alert_count from tickets where id = '{storm}'")).await;
    assert_eq!((&shown["alerts"], &stored["alert_count"]), (&json!(5), &json!(1)));
    elsewhere.close().await.unwrap();
    let ticket = node.ticket(&storm).await;
    assert_eq!((&ticket["alert_count"], &ticket["occurrences"]), (&json!(5), &shown["occurrences"]));
    assert_eq!(node.count(&told).await, before + 1, "one change for all of them");
}

#[tokio::test]
async fn a_worse_alert_raises_the_ticket_of_its_storm() {
    let (node, _, source) = acme().await;
    let mut storm = String::new();
    for number in 1..32 {
        storm = ticket_id(&node.deliver(&source, apart(number).severity(3).xml()).await);
    }
    let before = node.ticket(&storm).await;
    node.deliver(&source, apart(40).severity(10).xml()).await;
    let after = node.ticket(&storm).await;
    for column in ["severity", "urgency", "urgency_score"] {
        assert!(after[column].as_i64() > before[column].as_i64(), "{column}: {before} {after}");
    }
    assert_ne!(after["urgency_terms"], before["urgency_terms"]);
    let found = "tickets where is_storm and terms @@ '''=s:critical'''::tsquery";
    assert_eq!(node.count(found).await, 1, "it is found by what it is now");
}

#[tokio::test]
async fn a_storm_whose_ticket_was_merged_adds_to_the_survivor() {
    let (node, _, source) = acme().await;
    let storm = ticket_id(&a_storm(&node, &source).await);
    let survivor = node.deliver(&source, apart(90).rule("PH_RULE_OTHER").xml()).await;
    node.run_sql(&format!(
        "update tickets set stage = 'closed', merged_into = '{}' where id = '{storm}'",
        ticket_id(&survivor)
    ))
    .await;
    let next = node.deliver(&source, apart(40).xml()).await;
    assert_eq!((&next["why"], &next["ticket"]["id"]), (&json!("storm"), &survivor["ticket"]["id"]));
    assert_eq!(node.ticket(&ticket_id(&survivor)).await["alert_count"], 2);
    assert_eq!(node.ticket(&storm).await["alert_count"], 1);
    assert_eq!(node.alert(&alert_id(&next)).await["ticket_id"], survivor["ticket"]["id"]);
}

#[tokio::test]
async fn what_waits_for_a_storms_ticket_that_is_merged_counts_on_both_so_that_a_split_is_exact() {
    let (node, _, source) = acme().await;
    let storm = ticket_id(&a_storm(&node, &source).await);
    let survivor = ticket_id(&node.deliver(&source, apart(90).rule("PH_RULE_OTHER").xml()).await);
    let elsewhere = taking_over(&node).await;
    for number in 40..43 {
        node.deliver(&source, apart(number).xml()).await;
    }
    let merged = format!("stage = 'closed', merged_into = '{survivor}' where id = '{storm}'");
    node.run_sql(&format!("update tickets set {merged}")).await;
    node.run_sql(&format!("update tickets set alert_count = 2 where id = '{survivor}'")).await;
    elsewhere.close().await.unwrap();
    assert_eq!(node.ticket(&survivor).await["alert_count"], 5);
    assert_eq!(node.ticket(&storm).await["alert_count"], 4);
}

#[tokio::test]
async fn browsers_are_told_how_bad_a_storm_has_become() {
    let (node, _, source) = acme().await;
    for number in 1..32 {
        node.deliver(&source, apart(number).severity(3).xml()).await;
    }
    node.settled().await;
    let storm = ticket_id(&node.deliver(&source, apart(40).severity(10).xml()).await);
    node.settled().await;
    let told = "select data ->> 'severity' as severity from outbox";
    let told = format!("{told} where object_id = '{storm}' order by seq desc limit 1");
    assert_eq!(node.row(&told).await["severity"], "critical");
}
