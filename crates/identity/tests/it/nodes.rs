//! Several processes, and live connections.

use std::time::Duration;

use futures_util::StreamExt;
use platform::clock::Clock;
use testkit::{Actor, TestApp, json};
use time::OffsetDateTime;
use tokio_tungstenite::connect_async;

const SESSION: &str = "/api/v1/session";

/// A clock that stands: what is known never grows old, and only signals tell of a change.
fn standing_clock() -> Clock {
    Clock::manual(OffsetDateTime::from_unix_timestamp(1_790_000_000).unwrap())
}

/// Waits until the other process knows.
async fn until_status(actor: &Actor, path: &str, status: u16) {
    for _ in 0..2000 {
        if actor.get(path).await.status == status {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{path} does not come to {status}");
}

#[tokio::test]
async fn what_ends_a_session_on_one_node_ends_it_on_the_other() {
    let one = TestApp::with_clock(vec![], standing_clock()).await;
    let other = one.another_node(vec![]);
    one.live().await;
    other.live().await;
    let acme = one.organization("Acme").await;
    let (admin, ana, eva) =
        (one.an_administrator().await, one.an_analyst_of(&acme).await, one.an_analyst_of(&acme).await);
    for actor in [&admin, &ana, &eva] {
        actor.at(&other).get(SESSION).await.expect(200);
    }
    ana.delete(SESSION).await.expect(204);
    until_status(&ana.at(&other), SESSION, 401).await;
    let path = format!("/api/v1/users/{}", eva.user_id);
    admin.patch(&path, 1, json!({ "is_active": false })).await.expect(200);
    until_status(&eva.at(&other), SESSION, 401).await;
}

#[tokio::test]
async fn without_signals_the_other_node_knows_within_seconds() {
    let clock =
        platform::clock::Clock::manual(time::OffsetDateTime::from_unix_timestamp(1_790_000_000).unwrap());
    let one = TestApp::with_clock(vec![], clock.clone()).await;
    let other = one.another_node(vec![]);
    let ana = one.an_administrator().await;
    ana.at(&other).get(SESSION).await.expect(200);
    ana.delete(SESSION).await.expect(204);
    clock.advance(time::Duration::seconds(5));
    ana.at(&other).get(SESSION).await.expect(401);
}

#[tokio::test]
async fn a_live_connection_ends_with_its_session_and_a_ticket_is_good_once() {
    let app = TestApp::start(vec![]).await;
    app.live().await;
    let address = app.serve().await;
    let ana = app.an_administrator().await;
    let ticket = ana.post("/api/v1/live/tickets", json!({})).await.expect(200);
    let url = format!("ws://{address}/api/v1/live?ticket={}", ticket["ticket"].as_str().unwrap());
    let (mut socket, _) = connect_async(&url).await.expect("the connection opens");
    let hello = socket.next().await.unwrap().unwrap().into_text().unwrap();
    assert!(hello.contains("hello"), "{hello}");
    assert!(connect_async(&url).await.is_err());
    ana.delete(SESSION).await.expect(204);
    let bye = socket.next().await.unwrap().unwrap().into_text().unwrap();
    assert!(bye.contains("signed_out"), "{bye}");
}

#[tokio::test]
async fn a_live_connection_is_opened_anew_when_roles_change() {
    let app = TestApp::start(vec![]).await;
    app.live().await;
    let address = app.serve().await;
    let acme = app.organization("Acme").await;
    let (admin, ana) = (app.an_administrator().await, app.an_analyst_of(&acme).await);
    let ticket = ana.post("/api/v1/live/tickets", json!({})).await.expect(200);
    let url = format!("ws://{address}/api/v1/live?ticket={}", ticket["ticket"].as_str().unwrap());
    let (mut socket, _) = connect_async(&url).await.expect("the connection opens");
    socket.next().await.unwrap().unwrap();
    let change = json!({ "memberships": [{ "organization_id": acme.id, "role": "viewer" }] });
    admin.patch(&format!("/api/v1/users/{}", ana.user_id), 1, change).await.expect(200);
    loop {
        let text = socket.next().await.unwrap().unwrap().into_text().unwrap();
        if text.contains("bye") {
            assert!(text.contains("changed"), "{text}");
            break;
        }
    }
}
