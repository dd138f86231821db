//! What happens next: a ticket, an alert alone, or quiet until a date.

use platform::clock::Clock;
use testkit::{Actor, Organization, Value, json};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::incident::Incident;
use crate::node::{Node, Source, acme, alert_id, on, until};

async fn policy(manager: &Actor, acme: &Organization, fields: Value) -> Value {
    let mut body = json!({ "organization_id": acme.id, "reason": "noise" });
    for (name, value) in fields.as_object().unwrap() {
        body[name] = value.clone();
    }
    manager.post("/api/v1/alert-policies", body).await.expect(201)
}

fn at(moment: OffsetDateTime) -> String {
    moment.format(&Rfc3339).unwrap()
}

/// A policy is heard of by a notification; what is delivered is another alert each time.
async fn becomes(node: &Node, source: &Source, rule: &str, outcome: (&str, &str)) {
    static NUMBER: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    until(&format!("{rule} of {} is {outcome:?}", source.id), || async {
        let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let to = format!("10.{}.{}.1", number / 250, number % 250);
        let answer = node.deliver(source, Incident::number(1000 + number).rule(rule).to(&to).xml()).await;
        (answer["outcome"].as_str(), answer["why"].as_str()) == (Some(outcome.0), Some(outcome.1))
    })
    .await;
}

const TICKET: (&str, &str) = ("created", "new");
const ALERT_ONLY: (&str, &str) = ("created", "policy_alert_only");
const SUPPRESSED: (&str, &str) = ("suppressed", "policy_suppresses");

#[tokio::test]
async fn the_most_particular_policy_holds_on_both_nodes() {
    let (node, acme, source) = acme().await;
    source.change(json!({ "storm_limit": null })).await;
    let (other, second) = (node.another().await, node.source("Second", &[(None, &acme)]).await);
    second.change(json!({ "storm_limit": null })).await;
    let manager = node.a_soc_manager_of(&acme).await;
    let end = at(OffsetDateTime::now_utc() + Duration::days(2));
    becomes(&node, &source, "R", TICKET).await;
    policy(&manager, &acme, json!({ "action": "alert_only" })).await;
    for node in [&node, &other] {
        becomes(node, &source, "R", ALERT_ONLY).await;
    }
    policy(&manager, &acme, json!({ "source_id": source.id, "action": "suppress", "until": end })).await;
    for node in [&node, &other] {
        becomes(node, &source, "R", SUPPRESSED).await;
        becomes(node, &second, "R", ALERT_ONLY).await;
    }
    policy(&manager, &acme, json!({ "rule_id": "R", "action": "ticket" })).await;
    for node in [&node, &other] {
        becomes(node, &source, "R", TICKET).await;
        becomes(node, &second, "R", TICKET).await;
        becomes(node, &source, "S", SUPPRESSED).await;
    }
    let both = json!({ "source_id": source.id, "rule_id": "R", "action": "alert_only" });
    let both = policy(&manager, &acme, both).await;
    for node in [&node, &other] {
        becomes(node, &source, "R", ALERT_ONLY).await;
        becomes(node, &second, "R", TICKET).await;
    }
    let path = format!("/api/v1/alert-policies/{}", both["id"].as_str().unwrap());
    manager.delete(&path).await.expect(204);
    manager.delete(&path).await.expect_problem(404, "not_found");
    for node in [&node, &other] {
        becomes(node, &source, "R", TICKET).await;
    }
    let listed = manager.get("/api/v1/alert-policies").await.items();
    assert_eq!(listed.len(), 3);
    assert!(listed.iter().all(|policy| policy["hits"].as_i64() > Some(0) || policy["action"] == "ticket"));
}

#[tokio::test]
async fn after_its_end_a_suppression_is_as_if_it_were_not() {
    let clock = Clock::manual(OffsetDateTime::now_utc());
    let (node, acme, source) = on(Node::with_clock(&clock).await).await;
    let manager = node.a_soc_manager_of(&acme).await;
    let end = at(clock.now() + Duration::hours(2));
    policy(&manager, &acme, json!({ "source_id": source.id, "action": "alert_only" })).await;
    policy(&manager, &acme, json!({ "rule_id": "R", "action": "suppress", "until": end })).await;
    becomes(&node, &source, "R", SUPPRESSED).await;
    let hidden = node.deliver(&source, Incident::number(1).rule("R").xml()).await;
    assert_eq!((&hidden["outcome"], &hidden["ticket"]), (&json!("suppressed"), &json!(null)));
    let ana = node.an_analyst_of(&acme).await;
    let path = format!("/api/v1/alerts/{}", alert_id(&hidden));
    assert_eq!(ana.get(&path).await.expect(200)["state"], "suppressed");
    clock.advance(Duration::hours(3));
    becomes(&node, &source, "R", ALERT_ONLY).await;
    let again = node.deliver(&source, Incident::number(1).rule("R").count(2).xml()).await;
    assert_eq!(again["why"], "policy_alert_only");
    assert_eq!(ana.get(&path).await.expect(200)["state"], "new");
}

#[tokio::test]
async fn an_alert_that_was_suppressed_opens_its_ticket_when_the_suppression_is_over() {
    let clock = Clock::manual(OffsetDateTime::now_utc());
    let (node, acme, source) = on(Node::with_clock(&clock).await).await;
    let manager = node.a_soc_manager_of(&acme).await;
    let end = at(clock.now() + Duration::hours(2));
    policy(&manager, &acme, json!({ "rule_id": "R", "action": "suppress", "until": end })).await;
    becomes(&node, &source, "R", SUPPRESSED).await;
    let hidden = node.deliver(&source, Incident::number(1).rule("R").count(3).xml()).await;
    clock.advance(Duration::hours(3));
    let seen = node.deliver(&source, Incident::number(1).rule("R").count(4).xml()).await;
    assert_eq!((&seen["outcome"], &seen["why"]), (&json!("created"), &json!("no_ticket_yet")));
    assert_eq!(seen["alert"]["id"], hidden["alert"]["id"]);
    assert_eq!(node.alert(&alert_id(&seen)).await["state"], "new");
}

#[tokio::test]
async fn policies_are_checked_before_they_are_kept() {
    let (node, acme, _) = acme().await;
    let manager = node.a_soc_manager_of(&acme).await;
    let now = OffsetDateTime::now_utc();
    for wrong in [
        json!({ "action": "suppress" }),
        json!({ "action": "suppress", "until": at(now - Duration::hours(1)) }),
        json!({ "action": "suppress", "until": at(now + Duration::days(400)) }),
        json!({ "action": "suppress", "until": "9999-12-31T23:59:59-23:59" }),
        json!({ "action": "alert_only", "until": "9999-12-31T23:59:59-23:59" }),
        json!({ "action": "alert_only", "reason": " " }),
        json!({ "action": "alert_only", "reason": "a\u{0}b" }),
        json!({ "action": "alert_only", "rule_id": "" }),
        json!({ "action": "alert_only", "rule_id": "a\u{0}b" }),
        json!({ "action": "sleep" }),
        json!({ "action": "alert_only", "hits": 7 }),
        json!({ "action": "alert_only", "source_id": uuid::Uuid::nil() }),
    ] {
        let mut body = json!({ "organization_id": acme.id, "reason": "noise" });
        body.as_object_mut().unwrap().extend(wrong.as_object().unwrap().clone());
        manager.post("/api/v1/alert-policies", body.clone()).await.expect_problem(422, "validation_failed");
    }
    let kept = policy(&manager, &acme, json!({ "action": "alert_only" })).await;
    let twin = json!({ "organization_id": acme.id, "reason": "again", "action": "ticket" });
    manager.post("/api/v1/alert-policies", twin).await.expect_problem(409, "policy_exists");
    let path = format!("/api/v1/alert-policies/{}", kept["id"].as_str().unwrap());
    let end = at(now + Duration::hours(2));
    let quiet = manager.patch(&path, 1, json!({ "action": "suppress", "until": end })).await.expect(200);
    assert_eq!(quiet["version"], 2);
    manager.patch(&path, 1, json!({ "reason": "stale" })).await.expect_problem(412, "version_conflict");
    let loud = manager.patch(&path, 2, json!({ "action": "ticket" })).await.expect(200);
    assert_eq!(loud["until"], json!(null));
    let actions = node.audit_actions().await;
    assert_eq!(actions.iter().filter(|action| action.starts_with("alert_policy.")).count(), 3);
}
