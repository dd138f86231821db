//! Live changes over real WebSockets: every change once, in one order, to those who may hear it.

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::future::join_all;
use futures_util::{SinkExt, StreamExt};
use platform::db::Scope;
use platform::live::{self, Change};
use testkit::{Actor, TestApp, Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use uuid::Uuid;
use vocab::OrganizationId;

use crate::node::{text, until};

const PATIENCE: Duration = Duration::from_secs(20);

/// A browser's page.
struct Page {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    hello: Value,
}

async fn ticket(person: &Actor) -> String {
    text(&person.post("/api/v1/live/tickets", json!({})).await.expect(200)["ticket"])
}

async fn dial(address: SocketAddr, query: &str, origin: Option<&str>) -> Result<Page, tungstenite::Error> {
    let mut request = format!("ws://{address}/api/v1/live?{query}").into_client_request()?;
    if let Some(origin) = origin {
        request.headers_mut().insert("origin", origin.parse().unwrap());
    }
    let (socket, _) = connect_async(request).await?;
    let mut page = Page { socket, hello: Value::Null };
    page.hello = page.frame().await.expect("a greeting");
    Ok(page)
}

async fn open(address: SocketAddr, person: &Actor, last: Option<&str>) -> Page {
    let mut query = format!("ticket={}", ticket(person).await);
    if let Some(last) = last {
        query = format!("{query}&last_seq={last}");
    }
    dial(address, &query, None).await.unwrap()
}

impl Page {
    /// The next frame; none when the connection ends.
    async fn frame(&mut self) -> Option<Value> {
        loop {
            let message = timeout(PATIENCE, self.socket.next()).await.expect("a frame in time")?;
            match message {
                Ok(Message::Text(text)) => return serde_json(&text),
                Ok(Message::Close(_)) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    /// The next events, until `count` of them are there.
    async fn hear(&mut self, count: usize) -> Vec<Value> {
        let mut events = Vec::new();
        while events.len() < count {
            let frame = self.frame().await.expect("the connection stays open");
            assert_eq!(frame["type"], "events", "{frame}");
            events.extend(frame["events"].as_array().unwrap().iter().cloned());
        }
        events
    }

    /// That nothing more comes, as far as a ping and its answer show.
    async fn hears_nothing_more(&mut self) {
        self.socket.send(Message::text("{\"type\":\"ping\"}")).await.unwrap();
        let frame = self.frame().await.expect("the connection stays open");
        assert_eq!(frame, json!({ "type": "pong" }));
    }
}

fn serde_json(text: &str) -> Option<Value> {
    text.parse().ok()
}

async fn tell(app: &TestApp, organization: Option<OrganizationId>, topic: &'static str) -> Uuid {
    let id = Uuid::now_v7();
    let mut tx = app.db.begin(Scope::System).await.unwrap();
    live::tell(&mut tx, Change { topic, organization, id, change: "updated", data: None }).await.unwrap();
    tx.commit().await.unwrap();
    id
}

fn ids(events: &[Value]) -> Vec<String> {
    events.iter().map(|event| text(&event["id"])).collect()
}

/// Every writer changes things after delays of its own; numbers of one transaction stay together.
async fn write(
    apps: [&TestApp; 2],
    organization: OrganizationId,
    writers: usize,
    each: usize,
) -> HashSet<String> {
    let writers = (0..writers).map(|writer| async move {
        let mut told = Vec::new();
        for round in 0..each {
            let app = apps[(writer + round) % 2];
            let mut tx = app.db.begin(Scope::System).await.unwrap();
            let id = Uuid::now_v7();
            let change = |change| Change {
                topic: "tickets",
                organization: Some(organization),
                id,
                change,
                data: None,
            };
            // The transaction has its number before it waits, and commits in another order than it began.
            live::tell(&mut tx, change("created")).await.unwrap();
            let pause = (writer * 7 + round * 13) % 17;
            tokio::time::sleep(Duration::from_millis(pause as u64)).await;
            live::tell(&mut tx, change("updated")).await.unwrap();
            tx.commit().await.unwrap();
            told.push(id.to_string());
        }
        told
    });
    join_all(writers).await.into_iter().flatten().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_change_is_heard_once_and_in_one_order_also_across_a_reconnect() {
    let app = TestApp::start(vec![]).await;
    let other = app.another_node(vec![]);
    app.live().await;
    other.live().await;
    let acme = app.organization("Acme").await;
    let ana = app.an_analyst_of(&acme).await;
    let (here, there) = (app.serve().await, other.serve().await);
    // Something settled before, so that a place can be resumed at; both nodes have passed it on before anybody listens.
    tell(&app, Some(acme.id), "tickets").await;
    until("both are at the first change", || async {
        let (here, there) = (app.live.hub.position(), other.live.hub.position());
        here == there && here.seq != i64::MAX
    })
    .await;
    let (writers, each) = (32, 8);
    let count = writers * each * 2;
    let listeners = async {
        let (mut steady, mut elsewhere) = (open(here, &ana, None).await, open(there, &ana, None).await);
        let restless = async {
            let mut page = open(there, &ana, None).await;
            let mut events = Vec::new();
            while events.len() < count {
                events.extend(page.hear(1).await);
                if events.len() < count && events.len() % 3 == 0 {
                    // Back at another node, at the last change heard.
                    let last = text(&events.last().unwrap()["seq"]);
                    let address = if events.len() % 2 == 0 { here } else { there };
                    drop(page);
                    loop {
                        page = open(address, &ana, Some(&last)).await;
                        // The other node may be behind by a moment; then it says so, and is asked again.
                        if page.hello["resumed"] == true {
                            break;
                        }
                    }
                }
            }
            events
        };
        tokio::join!(steady.hear(count), elsewhere.hear(count), restless)
    };
    let written = async {
        until("all listen", || async { app.live.hub.listeners() + other.live.hub.listeners() >= 3 }).await;
        write([&app, &other], acme.id, writers, each).await
    };
    let ((steady, elsewhere, restless), written) = tokio::join!(listeners, written);
    for heard in [&steady, &elsewhere, &restless] {
        assert_eq!(heard.len(), count);
        let places = heard.iter().map(|event| text(&event["seq"])).collect::<HashSet<_>>();
        assert_eq!(places.len(), count, "nothing is heard twice");
        assert_eq!(ids(heard).into_iter().collect::<HashSet<_>>(), written, "nothing is missed");
        let mut of_each = HashMap::<String, Vec<String>>::new();
        for event in heard {
            of_each.entry(text(&event["id"])).or_default().push(text(&event["change"]));
        }
        assert!(of_each.values().all(|changes| changes == &["created", "updated"]));
    }
    assert_eq!(steady, elsewhere);
    assert_eq!(steady, restless);
}

#[tokio::test]
async fn a_long_running_older_transaction_delays_but_never_loses() {
    let app = TestApp::start(vec![]).await;
    app.live().await;
    let acme = app.organization("Acme").await;
    let ana = app.an_analyst_of(&acme).await;
    let mut page = open(app.serve().await, &ana, None).await;
    let late = Uuid::now_v7();
    let mut older = app.db.begin(Scope::System).await.unwrap();
    let change =
        Change { topic: "tickets", organization: Some(acme.id), id: late, change: "updated", data: None };
    live::tell(&mut older, change).await.unwrap();
    let mut younger = Vec::new();
    for _ in 0..5 {
        younger.push(tell(&app, Some(acme.id), "tickets").await.to_string());
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    page.hears_nothing_more().await;
    older.commit().await.unwrap();
    let heard = ids(&page.hear(6).await);
    assert_eq!(heard[0], late.to_string(), "what began first comes first");
    assert_eq!(heard[1..], younger);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_slow_listener_is_told_to_read_anew_and_slows_nobody() {
    let app = TestApp::start(vec![]).await;
    app.live().await;
    let acme = app.organization("Acme").await;
    let ana = app.an_analyst_of(&acme).await;
    let address = app.serve().await;
    let mut slow = open(address, &ana, None).await;
    let mut quick = open(address, &ana, None).await;
    let runs = 100;
    let padding = "x".repeat(400_000);
    let (mut told, mut seen) = (false, 0);
    let mut look = |frame: Option<Value>| {
        let frame = frame.expect("the connection stays open");
        match frame["type"].as_str() {
            Some("events") => seen += frame["events"].as_array().unwrap().len(),
            Some("resync") => told = true,
            other => panic!("{other:?}"),
        }
        (told, seen)
    };
    let mut looked_at = std::time::Instant::now();
    for _ in 0..runs {
        let mut tx = app.db.begin(Scope::System).await.unwrap();
        let data = Some(json!({ "title": padding }));
        let id = Uuid::now_v7();
        let change = Change { topic: "tickets", organization: Some(acme.id), id, change: "updated", data };
        live::tell(&mut tx, change).await.unwrap();
        tx.commit().await.unwrap();
        // Hardly anybody reads at `slow` meanwhile: who takes nothing at all for 20 s is let go.
        assert_eq!(ids(&quick.hear(1).await), [id.to_string()]);
        if looked_at.elapsed() > Duration::from_secs(5) {
            look(slow.frame().await);
            looked_at = std::time::Instant::now();
        }
    }
    let seen = loop {
        if let (true, seen) = look(slow.frame().await) {
            break seen;
        }
    };
    assert!(seen < runs, "some were left out: {seen}");
    let id = tell(&app, Some(acme.id), "tickets").await;
    assert_eq!(ids(&slow.hear(1).await), [id.to_string()], "it goes on behind");
}

#[tokio::test]
async fn a_ticket_works_once_and_not_for_ever() {
    use platform::clock::Clock;
    let clock = Clock::manual(time::OffsetDateTime::now_utc());
    let app = TestApp::with_clock(vec![], clock.clone()).await;
    app.live().await;
    let acme = app.organization("Acme").await;
    let ana = app.an_analyst_of(&acme).await;
    let address = app.serve().await;
    let query = format!("ticket={}", ticket(&ana).await);
    let page = dial(address, &query, None).await.unwrap();
    assert_eq!(page.hello["type"], "hello");
    refused(dial(address, &query, None).await, 401);
    let late = format!("ticket={}", ticket(&ana).await);
    clock.advance(time::Duration::seconds(31));
    refused(dial(address, &late, None).await, 401);
    refused(dial(address, "ticket=nonsense", None).await, 401);
    app.nobody().post("/api/v1/live/tickets", json!({})).await.expect_problem(401, "unauthenticated");
}

fn refused(outcome: Result<Page, tungstenite::Error>, status: u16) {
    match outcome {
        Err(tungstenite::Error::Http(response)) => assert_eq!(response.status().as_u16(), status),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("the connection opened"),
    }
}

#[tokio::test]
async fn a_foreign_origin_is_refused_and_uses_no_ticket_up() {
    let app = TestApp::start(vec![]).await;
    app.live().await;
    let acme = app.organization("Acme").await;
    let ana = app.an_analyst_of(&acme).await;
    let address = app.serve().await;
    let query = format!("ticket={}", ticket(&ana).await);
    for origin in [
        "https://evil.example".to_owned(),
        "null".to_owned(),
        format!("http://{address}.evil.example"),
        format!("http://evil.example/{address}"),
        format!("http://{}", address.ip()),
    ] {
        refused(dial(address, &query, Some(&origin)).await, 403);
    }
    dial(address, &query, Some(&format!("http://{address}"))).await.unwrap();
}

#[tokio::test]
async fn signing_out_closes_the_connection_at_once_on_every_node() {
    let app = TestApp::start(vec![]).await;
    let other = app.another_node(vec![]);
    app.live().await;
    other.live().await;
    let acme = app.organization("Acme").await;
    let (ana, ben) = (app.an_analyst_of(&acme).await, app.an_analyst_of(&acme).await);
    let (here, there) = (app.serve().await, other.serve().await);
    let mut pages = [open(here, &ana, None).await, open(there, &ana, None).await];
    let mut bens = open(here, &ben, None).await;
    ana.delete("/api/v1/session").await.expect(204);
    for page in &mut pages {
        let bye = timeout(PATIENCE, page.frame()).await.expect("in time").expect("a farewell");
        assert_eq!((&bye["type"], &bye["reason"]), (&json!("bye"), &json!("signed_out")));
        assert!(page.frame().await.is_none());
    }
    bens.hears_nothing_more().await;
}

#[tokio::test]
async fn only_what_may_be_read_is_heard_and_notices_by_their_person_alone() {
    let app = TestApp::start(vec![]).await;
    app.live().await;
    let (acme, beta) = (app.organization("Acme").await, app.organization("Beta").await);
    let (ana, ben) = (app.an_analyst_of(&acme).await, app.an_analyst_of(&beta).await);
    let address = app.serve().await;
    let (mut anas, mut bens) = (open(address, &ana, None).await, open(address, &ben, None).await);
    let of_acme = tell(&app, Some(acme.id), "tickets").await;
    let of_beta = tell(&app, Some(beta.id), "tickets").await;
    tell(&app, Some(acme.id), "audit").await;
    tell(&app, None, "users").await;
    let notice = Uuid::now_v7();
    let mut tx = app.db.begin(Scope::System).await.unwrap();
    let change =
        Change { topic: "notices", organization: Some(acme.id), id: notice, change: "created", data: None };
    live::tell_user(&mut tx, ana.user_id, change).await.unwrap();
    tx.commit().await.unwrap();
    let end = (tell(&app, Some(acme.id), "alerts").await, tell(&app, Some(beta.id), "alerts").await);
    assert_eq!(ids(&anas.hear(3).await), [of_acme, notice, end.0].map(|id| id.to_string()));
    assert_eq!(ids(&bens.hear(2).await), [of_beta, end.1].map(|id| id.to_string()));
    anas.hears_nothing_more().await;
    bens.hears_nothing_more().await;
    // Resuming reads the table anew, and tells no more than listening did.
    let first = text(&anas.hello["seq"]);
    let mut again = open(address, &ben, Some(&first)).await;
    if again.hello["resumed"] == true {
        assert_eq!(ids(&again.hear(2).await), [of_beta, end.1].map(|id| id.to_string()));
    }
    again.hears_nothing_more().await;
}

#[tokio::test]
async fn a_place_that_is_no_longer_known_is_answered_with_read_anew() {
    let app = TestApp::start(vec![]).await;
    app.live().await;
    let acme = app.organization("Acme").await;
    let ana = app.an_analyst_of(&acme).await;
    let address = app.serve().await;
    tell(&app, Some(acme.id), "tickets").await;
    let mut page = open(address, &ana, None).await;
    tell(&app, Some(acme.id), "tickets").await;
    let seq = text(&page.hear(1).await[0]["seq"]);
    tell(&app, Some(acme.id), "tickets").await;
    page.hear(1).await;
    assert_eq!(open(address, &ana, Some(&seq)).await.hello["resumed"], true);
    let mut owner = app.superuser().await;
    sqlx::query("delete from outbox").execute(&mut owner).await.unwrap();
    // The day of the change is dropped, and nothing has come since: an empty table is no proof that nothing was missed.
    assert_eq!(open(address, &ana, Some(&seq)).await.hello["resumed"], false);
    for nonsense in ["0-0", "99999999999-1", "x", "1-", "-", "18446744073709551615-9223372036854775807"] {
        assert_eq!(open(address, &ana, Some(nonsense)).await.hello["resumed"], false, "{nonsense}");
    }
}
