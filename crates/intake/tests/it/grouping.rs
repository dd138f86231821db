//! What happens when an incident fires again after its ticket ended.

use platform::clock::Clock;
use testkit::json;
use time::{Duration, OffsetDateTime};

use crate::incident::Incident;
use crate::node::{Node, acme, alert_id, on, ticket_id};

#[tokio::test]
async fn a_refire_after_close_only_raises_occurrences() {
    let (node, _, source) = acme().await;
    let first = node.deliver(&source, Incident::number(1).xml()).await;
    node.close(&ticket_id(&first), "true_positive").await;
    let before = node.ticket(&ticket_id(&first)).await;
    let again = node.deliver(&source, Incident::number(1).count(12).xml()).await;
    assert_eq!(again["outcome"], "updated");
    assert_eq!(again["why"], "closed_needs_clear_higher_severity_or_quiet");
    let ticket = node.ticket(&ticket_id(&first)).await;
    assert_eq!((&ticket["stage"], &ticket["occurrences"]), (&json!("closed"), &json!(12)));
    for kept in ["version", "verdict", "closed_at", "severity", "alert_count"] {
        assert_eq!(ticket[kept], before[kept], "{kept}");
    }
    assert_eq!(node.count("tickets").await, 1);
}

#[tokio::test]
async fn a_clear_then_a_refire_reopens() {
    let (node, acme, source) = acme().await;
    let first = node.deliver(&source, Incident::number(1).xml()).await;
    node.close(&ticket_id(&first), "true_positive").await;
    let clear = node.deliver(&source, Incident::number(1).cleared().xml()).await;
    assert_eq!((&clear["outcome"], &clear["why"]), (&json!("updated"), &json!("source_cleared")));
    let back = node.deliver(&source, Incident::number(1).told("again").xml()).await;
    assert_eq!((&back["outcome"], &back["why"]), (&json!("reopened"), &json!("cleared_since_close")));
    assert_eq!(back["ticket"]["stage"], "new");
    let ticket = node.ticket(&ticket_id(&first)).await;
    assert_eq!(
        (&ticket["stage"], &ticket["verdict"], &ticket["closed_at"]),
        (&json!("new"), &json!(null), &json!(null))
    );
    assert_eq!(ticket["version"], 3);
    assert_eq!(node.timeline(&ticket_id(&first)).await, ["created", "source_cleared", "reopened"]);
    let ana = node.an_analyst_of(&acme).await;
    let alert = ana.get(&format!("/api/v1/alerts/{}", alert_id(&first))).await.expect(200);
    assert_eq!(alert["source_state"], "active");
}

#[tokio::test]
async fn a_late_repeat_of_older_bytes_neither_clears_nor_revives() {
    let (node, _, source) = acme().await;
    let fire = Incident::number(1).xml();
    let clear = Incident::number(1).cleared().xml();
    let first = node.deliver(&source, fire.clone()).await;
    node.close(&ticket_id(&first), "true_positive").await;
    node.deliver(&source, clear.clone()).await;
    assert_eq!(node.deliver(&source, fire).await["outcome"], "duplicate");
    assert_eq!(node.alert(&alert_id(&first)).await["source_state"], "cleared");
    let back = node.deliver(&source, Incident::number(1).told("again").xml()).await;
    assert_eq!(back["outcome"], "reopened");
    assert_eq!(node.deliver(&source, clear).await["outcome"], "duplicate");
    assert_eq!(node.alert(&alert_id(&first)).await["source_state"], "active");
    assert_eq!(node.timeline(&ticket_id(&first)).await, ["created", "source_cleared", "reopened"]);
}

#[tokio::test]
async fn a_higher_severity_reopens_and_raises_the_alert_and_the_ticket() {
    let (node, _, source) = acme().await;
    let first = node.deliver(&source, Incident::number(1).severity(5).xml()).await;
    node.close(&ticket_id(&first), "benign_positive").await;
    let back = node.deliver(&source, Incident::number(1).severity(10).xml()).await;
    assert_eq!((&back["outcome"], &back["why"]), (&json!("reopened"), &json!("higher_severity")));
    let (ticket, alert) = (node.ticket(&ticket_id(&first)).await, node.alert(&alert_id(&first)).await);
    assert_eq!((&ticket["severity"], &ticket["urgency"]), (&json!(5), &json!(5)));
    assert_eq!((&alert["severity"], &alert["urgency"]), (&json!(5), &json!(5)));
    assert_eq!(alert["urgency_terms"][0]["value"], "critical");
    let words = node.row("select tsvector_to_array(terms) as terms from tickets").await.to_string();
    assert!(words.contains("=s:critical") && !words.contains("=s:medium"), "{words}");
}

#[tokio::test]
async fn an_acknowledged_alert_is_news_when_its_ticket_reopens() {
    let (node, acme, source) = acme().await;
    let first = node.deliver(&source, Incident::number(1).severity(5).xml()).await;
    let ana = node.an_analyst_of(&acme).await;
    let path = format!("/api/v1/alerts/{}", alert_id(&first));
    let seen = ana.post(&format!("{path}/acknowledge"), json!({})).await.expect(200);
    assert_eq!(seen["state"], "acknowledged");
    node.deliver(&source, Incident::number(1).severity(5).count(2).xml()).await;
    assert_eq!(ana.get(&path).await.expect(200)["state"], "acknowledged");
    node.close(&ticket_id(&first), "true_positive").await;
    node.deliver(&source, Incident::number(1).severity(10).xml()).await;
    assert_eq!(ana.get(&path).await.expect(200)["state"], "new");
}

#[tokio::test]
async fn twenty_four_quiet_hours_reopen_and_less_does_not() {
    let clock = Clock::manual(OffsetDateTime::now_utc());
    let (node, _, source) = on(Node::with_clock(&clock).await).await;
    let first = node.deliver(&source, Incident::number(1).xml()).await;
    node.close(&ticket_id(&first), "true_positive").await;
    clock.advance(Duration::hours(23));
    assert_eq!(node.deliver(&source, Incident::number(1).count(2).xml()).await["outcome"], "updated");
    clock.advance(Duration::hours(23));
    assert_eq!(node.deliver(&source, Incident::number(1).count(3).xml()).await["outcome"], "updated");
    clock.advance(Duration::hours(24));
    let back = node.deliver(&source, Incident::number(1).count(4).xml()).await;
    assert_eq!((&back["outcome"], &back["why"]), (&json!("reopened"), &json!("quiet_before")));
}

#[tokio::test]
async fn after_thirty_days_a_new_ticket_follows_the_closed_one() {
    let clock = Clock::manual(OffsetDateTime::now_utc());
    let (node, _, source) = on(Node::with_clock(&clock).await).await;
    let first = node.deliver(&source, Incident::number(1).xml()).await;
    node.close(&ticket_id(&first), "true_positive").await;
    clock.advance(Duration::days(31));
    let next = node.deliver(&source, Incident::number(1).count(2).xml()).await;
    assert_eq!((&next["outcome"], &next["why"]), (&json!("created"), &json!("closed_too_long_ago")));
    assert_ne!(next["ticket"]["id"], first["ticket"]["id"]);
    let link = node.row("select * from ticket_links").await;
    assert_eq!(link["kind"], "recurrence_of");
    assert_eq!(
        (&link["ticket_id"], &link["other_ticket_id"]),
        (&next["ticket"]["id"], &first["ticket"]["id"])
    );
    let after = node.deliver(&source, Incident::number(1).count(3).xml()).await;
    assert_eq!((&after["outcome"], &after["ticket"]), (&json!("updated"), &next["ticket"]));
}

#[tokio::test]
async fn a_false_positive_never_reopens_but_offers_a_suppression() {
    let (node, _, source) = acme().await;
    let first = node.deliver(&source, Incident::number(1).severity(5).xml()).await;
    node.close(&ticket_id(&first), "false_positive").await;
    let again = node.deliver(&source, Incident::number(1).severity(5).count(2).xml()).await;
    assert_eq!(
        (&again["outcome"], &again["why"]),
        (&json!("updated"), &json!("false_positive_never_reopens"))
    );
    let ticket = node.ticket(&ticket_id(&first)).await;
    assert_eq!((&ticket["stage"], &ticket["offers_suppression"]), (&json!("closed"), &json!(true)));
    let worse = node.deliver(&source, Incident::number(1).severity(10).xml()).await;
    assert_eq!(worse["outcome"], "created");
    assert_ne!(worse["ticket"]["id"], first["ticket"]["id"]);
    assert_eq!(node.ticket(&ticket_id(&first)).await["stage"], "closed");
}

#[tokio::test]
async fn a_clear_is_on_the_timeline_and_closes_nothing() {
    let (node, _, source) = acme().await;
    let first = node.deliver(&source, Incident::number(1).xml()).await;
    node.run_sql("update tickets set stage = 'in_progress'").await;
    let clear = node.deliver(&source, Incident::number(1).cleared().xml()).await;
    assert_eq!((&clear["outcome"], &clear["ticket"]["stage"]), (&json!("updated"), &json!("in_progress")));
    assert_eq!(node.ticket(&ticket_id(&first)).await["stage"], "in_progress");
    assert_eq!(node.timeline(&ticket_id(&first)).await, ["created", "source_cleared"]);
    assert_eq!(node.alert(&alert_id(&first)).await["source_state"], "cleared");
}

#[tokio::test]
async fn a_clear_of_something_unknown_opens_no_ticket() {
    let (node, _, source) = acme().await;
    let answer = node.deliver(&source, Incident::number(1).cleared().xml()).await;
    assert_eq!((&answer["outcome"], &answer["ticket"]), (&json!("created"), &json!(null)));
    let fire = node.deliver(&source, Incident::number(1).xml()).await;
    assert_eq!((&fire["outcome"], &fire["why"]), (&json!("created"), &json!("no_ticket_yet")));
    assert_eq!(node.ticket(&ticket_id(&fire)).await["alert_count"], 1);
}

#[tokio::test]
async fn what_an_analyst_lowered_stays_lowered_while_the_source_repeats_itself() {
    let (node, _, source) = acme().await;
    let first = node.deliver(&source, Incident::number(1).severity(9).xml()).await;
    node.run_sql("update tickets set severity = 2, urgency = 2, urgency_score = 25").await;
    node.deliver(&source, Incident::number(1).severity(9).count(2).xml()).await;
    node.deliver(&source, Incident::number(2).severity(9).xml()).await;
    let ticket = node.ticket(&ticket_id(&first)).await;
    assert_eq!((&ticket["severity"], &ticket["urgency"]), (&json!(2), &json!(2)));
    node.deliver(&source, Incident::number(1).severity(10).xml()).await;
    let ticket = node.ticket(&ticket_id(&first)).await;
    assert_eq!((&ticket["severity"], &ticket["urgency"]), (&json!(5), &json!(5)));
}

#[tokio::test]
async fn what_comes_for_a_merged_ticket_counts_on_its_survivor_and_stays_with_its_alert() {
    let (node, _, source) = acme().await;
    let member = node.deliver(&source, Incident::number(1).xml()).await;
    let survivor = node.deliver(&source, Incident::number(2).to("192.0.2.99").xml()).await;
    node.run_sql(&format!(
        "update tickets set stage = 'closed', merged_into = '{}' where id = '{}'",
        ticket_id(&survivor),
        ticket_id(&member)
    ))
    .await;
    let again = node.deliver(&source, Incident::number(1).count(5).xml()).await;
    assert_eq!((&again["outcome"], &again["ticket"]["id"]), (&json!("updated"), &survivor["ticket"]["id"]));
    assert_eq!(node.alert(&alert_id(&member)).await["ticket_id"], member["ticket"]["id"]);
    let ticket = node.ticket(&ticket_id(&survivor)).await;
    assert_eq!((&ticket["occurrences"], &ticket["alert_count"]), (&json!(5), &json!(1)));
    let new = node.deliver(&source, Incident::number(3).xml()).await;
    assert_eq!((&new["outcome"], &new["ticket"]["id"]), (&json!("linked"), &survivor["ticket"]["id"]));
}

#[tokio::test]
async fn bytes_that_never_say_when_fire_again_after_the_quiet_hours() {
    let clock = Clock::manual(OffsetDateTime::now_utc());
    let (node, _, source) = on(Node::with_clock(&clock).await).await;
    let full = json!({ "title": "Disk full" }).to_string();
    let timed = json!({ "title": "Timed", "event_time": "2026-01-01T00:00:00Z" }).to_string();
    let first = node.deliver(&source, full.clone()).await;
    node.deliver(&source, timed.clone()).await;
    node.close(&ticket_id(&first), "true_positive").await;
    assert_eq!(node.deliver(&source, full.clone()).await["outcome"], "duplicate");
    clock.advance(Duration::hours(24));
    let back = node.deliver(&source, full).await;
    assert_eq!((&back["outcome"], &back["why"]), (&json!("reopened"), &json!("quiet_before")));
    assert_eq!(node.deliver(&source, timed).await["outcome"], "duplicate");
}
