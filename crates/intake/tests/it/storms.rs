//! Past so many tickets of a rule in an hour, one ticket gathers the rest.

use testkit::{Value, json};

use crate::incident::Incident;
use crate::node::{Node, Source, acme, ticket_id};

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
