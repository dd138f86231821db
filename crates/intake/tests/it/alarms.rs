//! What the platform itself notices is an alert like any other.

use platform::clock::Clock;
use testkit::{Actor, PASSWORD, Value, json};
use time::{Duration, OffsetDateTime};

use crate::node::{Node, text};

const TOKEN: &str = "/api/v1/auth/token";
const PLATFORM: &str = "/api/v1/sources/00000000-0000-8000-8000-000000000001";

async fn node() -> (Node, Clock) {
    let clock = Clock::manual(OffsetDateTime::from_unix_timestamp(1_790_000_000).unwrap());
    (Node::with_clock(&clock).await, clock)
}

async fn refreshed(node: &Node, token: &str, status: u16) -> Value {
    let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
    node.nobody().post_form(TOKEN, &form).await.expect(status)
}

/// Somebody uses a refresh token of theirs that was used long ago.
async fn reuse(node: &Node, clock: &Clock, whose: &Actor) {
    let form = [("grant_type", "password"), ("username", whose.email.as_str()), ("password", PASSWORD)];
    let first = text(&node.nobody().post_form(TOKEN, &form).await.expect(200)["refresh_token"]);
    let second = text(&refreshed(node, &first, 200).await["refresh_token"]);
    clock.advance(Duration::seconds(11));
    for token in [&first, &first, &second] {
        assert_eq!(refreshed(node, token, 400).await["error"], "invalid_grant");
    }
}

async fn alerts(reader: &Actor) -> Vec<Value> {
    reader.get("/api/v1/alerts").await.expect(200)["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_refresh_token_used_twice_is_one_alert_in_the_queue_where_its_owner_works() {
    let (node, clock) = node().await;
    let (acme, globex) = (node.organization("Acme").await, node.organization("Globex").await);
    let (ana, luis) = (node.an_analyst_of(&acme).await, node.an_analyst_of(&globex).await);
    reuse(&node, &clock, &ana).await;
    node.run_job("intake.alarms").await;
    let seen = alerts(&ana).await;
    let [alert] = seen.as_slice() else { panic!("{seen:?}") };
    assert_eq!(alert["rule_id"], "cibercase.refresh_token_reused");
    assert_eq!((&alert["severity"], &alert["source_name"]), (&"high".into(), &"CiberCase".into()));
    assert!(text(&alert["title"]).contains(&ana.email), "{alert}");
    let queue = ana.get("/api/v1/tickets").await.expect(200);
    assert_eq!(queue["items"][0]["title"], alert["title"]);
    assert!(alerts(&luis).await.is_empty());
    assert_eq!(node.count("alarms").await, 0);
}

#[tokio::test]
async fn who_works_everywhere_concerns_the_first_organization() {
    let (node, clock) = node().await;
    let (first, second) = (node.organization("Acme").await, node.organization("Globex").await);
    let admin = node.an_administrator().await;
    reuse(&node, &clock, &admin).await;
    node.run_job("intake.alarms").await;
    for (organization, count) in [(&first, 1), (&second, 0)] {
        let of = format!("alerts where organization_id = '{}'", organization.id);
        assert_eq!(node.count(&of).await, count);
    }
}

#[tokio::test]
async fn an_alarm_that_is_taken_twice_is_one_alert() {
    let (node, clock) = node().await;
    let acme = node.organization("Acme").await;
    let ana = node.an_analyst_of(&acme).await;
    reuse(&node, &clock, &ana).await;
    // As after a crash between the alert and the alarm's end.
    node.run_sql("create table kept as select * from alarms").await;
    node.run_job("intake.alarms").await;
    node.run_sql("insert into alarms select * from kept").await;
    node.run_job("intake.alarms").await;
    assert_eq!((node.count("alerts").await, node.count("tickets").await), (1, 1));
}

#[tokio::test]
async fn the_platform_is_no_source_that_somebody_could_change() {
    let (node, _clock) = node().await;
    let admin = node.an_administrator().await;
    assert_eq!(admin.get("/api/v1/sources").await.expect(200)["items"].as_array().unwrap().len(), 0);
    admin.get(PLATFORM).await.expect(404);
    admin.delete(PLATFORM).await.expect(404);
    let rotate = format!("{PLATFORM}/rotate-token");
    admin.post(&rotate, json!({})).await.expect(404);
    node.post("", "{}").await.expect(401);
}
