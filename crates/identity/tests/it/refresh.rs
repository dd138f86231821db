//! Refresh tokens.

use futures_util::future::join_all;
use platform::clock::Clock;
use testkit::{Actor, Answer, PASSWORD, TestApp, Value, json};
use time::{Duration, OffsetDateTime};

const TOKEN: &str = "/api/v1/auth/token";

async fn first(app: &TestApp, actor: &Actor) -> Value {
    let form = [("grant_type", "password"), ("username", &actor.email), ("password", PASSWORD)];
    app.nobody().post_form(TOKEN, &form).await.expect(200)
}

async fn refresh(nobody: &Actor, tokens: &Value) -> Answer {
    let token = tokens["refresh_token"].as_str().unwrap();
    nobody.post_form(TOKEN, &[("grant_type", "refresh_token"), ("refresh_token", token)]).await
}

async fn with_clock() -> (TestApp, Clock) {
    let clock = Clock::manual(OffsetDateTime::from_unix_timestamp(1_790_000_000).unwrap());
    (TestApp::with_clock(vec![], clock.clone()).await, clock)
}

#[tokio::test]
async fn each_refresh_token_is_followed_by_another() {
    let app = TestApp::start(vec![]).await;
    let ana = app.an_administrator().await;
    let mut tokens = first(&app, &ana).await;
    for _ in 0..3 {
        let next = refresh(&app.nobody(), &tokens).await.expect(200);
        assert_ne!(next["refresh_token"], tokens["refresh_token"]);
        ana.with_bearer(next["access_token"].as_str().unwrap()).get("/api/v1/session").await.expect(200);
        tokens = next;
    }
}

#[tokio::test]
async fn a_retry_soon_after_gets_the_identical_successor() {
    let (app, clock) = with_clock().await;
    let ana = app.an_administrator().await;
    let tokens = first(&app, &ana).await;
    let once = refresh(&app.nobody(), &tokens).await.expect(200);
    clock.advance(Duration::seconds(10));
    let again = refresh(&app.nobody(), &tokens).await.expect(200);
    assert_eq!(once["refresh_token"], again["refresh_token"]);
}

#[tokio::test]
async fn a_refresh_token_used_again_later_kills_its_family() {
    let (app, clock) = with_clock().await;
    let ana = app.an_administrator().await;
    let tokens = first(&app, &ana).await;
    let stolen = refresh(&app.nobody(), &tokens).await.expect(200);
    let program = ana.with_bearer(stolen["access_token"].as_str().unwrap());
    program.get("/api/v1/session").await.expect(200);
    clock.advance(Duration::seconds(11));
    assert_eq!(refresh(&app.nobody(), &tokens).await.expect(400)["error"], "invalid_grant");
    program.get("/api/v1/session").await.expect(401);
    assert_eq!(refresh(&app.nobody(), &stolen).await.expect(400)["error"], "invalid_grant");
    assert!(app.audit_actions().await.contains(&"session.refresh_token_reused".to_owned()));
    // Other sessions of the same person go on.
    ana.get("/api/v1/session").await.expect(200);
}

#[tokio::test]
async fn fifty_refreshes_at_once_get_one_successor() {
    let app = TestApp::start(vec![]).await;
    let ana = app.an_administrator().await;
    let tokens = first(&app, &ana).await;
    let nobody = app.nobody();
    let answers = join_all((0..50).map(|_| refresh(&nobody, &tokens))).await;
    let mut successors: Vec<Value> =
        answers.iter().map(|answer| answer.expect(200)["refresh_token"].clone()).collect();
    successors.dedup();
    assert_eq!(successors.len(), 1);
    refresh(&nobody, &json!({ "refresh_token": successors[0] })).await.expect(200);
}

#[tokio::test]
async fn a_session_of_tokens_ends_like_any_other() {
    let (app, clock) = with_clock().await;
    let ana = app.an_administrator().await;
    let idle = first(&app, &ana).await;
    let mut busy = first(&app, &ana).await;
    for _ in 0..3 {
        clock.advance(Duration::hours(7));
        busy = refresh(&app.nobody(), &busy).await.expect(200);
    }
    refresh(&app.nobody(), &idle).await.expect(400);
    clock.advance(Duration::hours(4));
    refresh(&app.nobody(), &busy).await.expect(400);
}
