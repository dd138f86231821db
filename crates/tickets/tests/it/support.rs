//! Tickets to try things with.

use platform::clock::Clock;
use testkit::{Actor, Organization, Setup, TestApp, Value, json};
use time::OffsetDateTime;

pub async fn start() -> TestApp {
    TestApp::start(vec![tickets::module(), notifications::module(), alerts::module()]).await
}

/// With a clock that the test turns, beginning now so that ids (which carry the real time) fit.
pub async fn start_with_clock() -> TestApp {
    let modules = vec![tickets::module(), notifications::module(), alerts::module()];
    #[expect(clippy::disallowed_methods, reason = "a test's beginning")]
    let clock = Clock::manual(OffsetDateTime::now_utc());
    TestApp::start_with(modules, Setup { clock, ..Setup::default() }).await
}

/// A ticket made by hand.
pub async fn ticket(who: &Actor, organization: &Organization, title: &str) -> Value {
    ticket_with(who, organization, json!({ "title": title })).await
}

/// A ticket made by hand, with these fields beside the usual ones.
pub async fn ticket_with(who: &Actor, organization: &Organization, fields: Value) -> Value {
    let mut body = json!({ "organization_id": organization.id, "title": "Something", "severity": "high" });
    for (name, value) in fields.as_object().unwrap() {
        body[name] = value.clone();
    }
    who.post("/api/v1/tickets", body).await.expect(201)
}

pub fn path(ticket: &Value) -> String {
    format!("/api/v1/tickets/{}", ticket["id"].as_str().unwrap())
}

pub fn id(ticket: &Value) -> &str {
    ticket["id"].as_str().unwrap()
}

pub fn version(ticket: &Value) -> i64 {
    ticket["version"].as_i64().unwrap()
}

pub fn ending() -> Value {
    json!({ "verdict": "false_positive", "impact": "none", "reason": "A scanner of ours." })
}

/// The references of a list, in its order.
pub fn references(items: &[Value]) -> Vec<String> {
    items.iter().map(|item| item["reference"].as_str().unwrap().to_owned()).collect()
}

/// The titles of a list, in its order.
pub fn titles(items: &[Value]) -> Vec<String> {
    items.iter().map(|item| item["title"].as_str().unwrap().to_owned()).collect()
}

/// The kinds of a ticket's history, oldest first.
pub async fn history(who: &Actor, ticket: &Value) -> Vec<String> {
    let mut items = who.get(&format!("{}/activity", path(ticket))).await.items();
    items.reverse();
    items.iter().map(|item| item["kind"].as_str().unwrap().to_owned()).collect()
}
