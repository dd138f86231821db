//! Browser sessions.

use axum::body::Body;
use axum::http::{Method, header};
use platform::clock::Clock;
use testkit::{PASSWORD, Setup, TestApp, json};
use time::{Duration, OffsetDateTime};

const SESSION: &str = "/api/v1/session";

fn start() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(1_790_000_000).unwrap()
}

/// The cookie's value in an answer.
fn cookie_of(answer: &testkit::Answer) -> String {
    let cookie = answer.header("set-cookie").expect("a cookie is set");
    let (_, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
    value.to_owned()
}

#[tokio::test]
async fn signing_in_gives_a_cookie_and_says_who_one_is() {
    let app = TestApp::start(vec![]).await;
    let acme = app.organization("Acme").await;
    let ana = app.an_analyst_of(&acme).await;
    let answer = app.nobody().sign_in(&ana.email.to_uppercase(), PASSWORD).await;
    let me = answer.expect(200);
    assert_eq!(me["user"]["email"], ana.email);
    assert_eq!(me["organizations"][0]["name"], "Acme");
    assert_eq!(me["permissions"]["tickets:write"], json!([acme.id]));
    assert_eq!(me["roles"], json!([{ "organization_id": acme.id, "role": "analyst" }]));
    assert_eq!(me["must_change_password"], false);
    let cookie = answer.header("set-cookie").unwrap();
    for attribute in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    let signed_in = ana.with_cookie(&cookie_of(&answer));
    assert_eq!(signed_in.get(SESSION).await.expect(200)["user"]["id"], json!(ana.user_id));
    assert_eq!(app.audit_actions().await, ["session.opened"]);
}

#[tokio::test]
async fn over_tls_the_cookie_insists_on_it() {
    let mut setup = Setup::default();
    setup.config.public_url = "https://soc.example.org".to_owned();
    let app = TestApp::start_with(vec![], setup).await;
    let admin = app.an_administrator().await;
    let answer = app.nobody().sign_in(&admin.email, PASSWORD).await;
    let cookie = answer.header("set-cookie").unwrap().to_owned();
    assert!(cookie.starts_with("__Host-cibercase=") && cookie.contains("; Secure"), "{cookie}");
    let request = app.nobody().request(Method::GET, SESSION);
    let request = request.header(header::COOKIE, format!("__Host-cibercase={}", cookie_of(&answer)));
    app.nobody().send(request.body(Body::empty()).unwrap()).await.expect(200);
}

#[tokio::test]
async fn with_a_public_address_only_its_pages_are_ours() {
    let mut setup = Setup::default();
    setup.config.public_url = "https://soc.example.org/".to_owned();
    let app = TestApp::start_with(vec![], setup).await;
    let admin = app.an_administrator().await;
    let body = json!({ "email": admin.email, "password": PASSWORD }).to_string();
    for (origin, status) in
        [("https://soc.example.org", 200), ("http://soc.example.org", 403), ("http://cibercase.test", 403)]
    {
        let request = app.nobody().request(Method::POST, SESSION).header("origin", origin);
        let request = request.header("content-type", "application/json");
        app.nobody().send(request.body(Body::from(body.clone())).unwrap()).await.expect(status);
    }
}

#[tokio::test]
async fn signing_out_ends_the_session_at_once() {
    let app = TestApp::start(vec![]).await;
    let ana = app.an_administrator().await;
    ana.get(SESSION).await.expect(200);
    let answer = ana.delete(SESSION).await;
    answer.expect(204);
    assert!(answer.header("set-cookie").unwrap().contains("Max-Age=0"));
    ana.get(SESSION).await.expect_problem(401, "unauthenticated");
    assert_eq!(app.audit_actions().await, ["session.ended"]);
}

#[tokio::test]
async fn a_session_ends_when_idle_and_when_old() {
    let clock = Clock::manual(start());
    let app = TestApp::with_clock(vec![], clock.clone()).await;
    let (idle, old) = (app.an_administrator().await, app.an_administrator().await);
    idle.get(SESSION).await.expect(200);
    for _ in 0..3 {
        clock.advance(Duration::hours(7));
        old.get(SESSION).await.expect(200);
    }
    idle.get(SESSION).await.expect(401);
    clock.advance(Duration::hours(4));
    old.get(SESSION).await.expect(401);
}

#[tokio::test]
async fn what_is_no_session_is_nobody() {
    let app = TestApp::start(vec![]).await;
    let nobody = app.nobody();
    let unknown = "A".repeat(43);
    nobody.with_cookie(&unknown).get(SESSION).await.expect_problem(401, "unauthenticated");
    nobody.with_cookie("short").get(SESSION).await.expect(401);
    let long = nobody.request(Method::GET, SESSION).header(header::COOKIE, "a=b; ".repeat(6500));
    nobody.send(long.body(Body::empty()).unwrap()).await.expect(401);
    let bytes = nobody.request(Method::GET, SESSION).header(header::COOKIE, &b"cibercase=\xff\xfe"[..]);
    nobody.send(bytes.body(Body::empty()).unwrap()).await.expect(401);
}

#[tokio::test]
async fn a_change_with_a_cookie_comes_from_our_own_pages() {
    let app = TestApp::start(vec![]).await;
    let ana = app.an_administrator().await;
    let path = "/api/v1/session/preferences";
    let send = async |name: &'static str, value: &str| {
        let request = app.nobody().request(Method::PATCH, path);
        let request = request.header(header::COOKIE, format!("cibercase={}", ana.cookie()));
        let request = request.header(header::CONTENT_TYPE, "application/json");
        let request = if name.is_empty() { request } else { request.header(name, value) };
        app.nobody().send(request.body(Body::from("{}")).unwrap()).await
    };
    send("origin", "http://cibercase.test").await.expect(200);
    send("sec-fetch-site", "same-origin").await.expect(200);
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("origin", "http://cibercase.test.evil.example"),
        ("origin", "http://evilcibercase.test"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("", ""),
    ] {
        send(name, value).await.expect_problem(403, "foreign_origin");
    }
}

#[tokio::test]
async fn a_page_elsewhere_cannot_sign_somebody_in() {
    let app = TestApp::start(vec![]).await;
    let ana = app.an_administrator().await;
    let body = json!({ "email": ana.email, "password": PASSWORD }).to_string();
    let request = app.nobody().request(Method::POST, SESSION).header("origin", "https://evil.example");
    let request = request.header("content-type", "application/json").body(Body::from(body)).unwrap();
    app.nobody().send(request).await.expect_problem(403, "foreign_origin");
}

#[tokio::test]
async fn preferences_are_kept_and_bounded() {
    let app = TestApp::start(vec![]).await;
    let ana = app.an_administrator().await;
    let path = "/api/v1/session/preferences";
    let change = json!({ "locale": "es", "color_scheme": "dark", "queue_columns": ["reference", "title"] });
    ana.patch(path, 1, change).await.expect(200);
    let me = ana.patch(path, 1, json!({ "color_scheme": "light" })).await.expect(200);
    assert_eq!(me["user"]["locale"], "es");
    assert_eq!(me["user"]["color_scheme"], "light");
    assert_eq!(me["user"]["preferences"]["queue_columns"], json!(["reference", "title"]));
    let me = ana.patch(path, 1, json!({ "locale": null })).await.expect(200);
    assert_eq!(me["user"]["locale"], json!(null));
    for wrong in [
        json!({ "locale": "fr" }),
        json!({ "queue_columns": ["<script>"] }),
        json!({ "queue_columns": vec!["a"; 41] }),
        json!({ "email": "someone@else.example" }),
        json!({ "is_active": false }),
    ] {
        ana.patch(path, 1, wrong).await.expect_problem(422, "validation_failed");
    }
}

#[tokio::test]
async fn people_see_their_sessions_and_end_them() {
    let app = TestApp::start(vec![]).await;
    let (ana, eva) = (app.an_administrator().await, app.an_administrator().await);
    let second = ana.with_cookie(&cookie_of(&app.nobody().sign_in(&ana.email, PASSWORD).await));
    let items = ana.get("/api/v1/session/list").await.items();
    assert_eq!(items.len(), 2);
    let other = items.iter().find(|item| item["is_current"] == false).unwrap();
    let path = format!("/api/v1/session/list/{}", other["id"].as_str().unwrap());
    eva.delete(&path).await.expect_problem(404, "not_found");
    second.get(SESSION).await.expect(200);
    ana.delete(&path).await.expect(204);
    second.get(SESSION).await.expect(401);
    ana.delete(&path).await.expect(404);
    ana.delete("/api/v1/session/list/none").await.expect(404);
    assert_eq!(ana.get("/api/v1/session/list").await.items().len(), 1);
}

#[tokio::test]
async fn a_known_session_costs_no_query() {
    let app = TestApp::start(vec![]).await;
    let ana = app.an_administrator().await;
    // Answered without the database: the list of public keys takes a credential and needs none.
    ana.get("/sts/jwks").await.expect(200);
    app.db.pool().close().await;
    for _ in 0..100 {
        ana.get("/sts/jwks").await.expect(200);
    }
    app.nobody()
        .with_cookie(&"A".repeat(43))
        .get("/api/v1/session")
        .await
        .expect_problem(503, "database_away");
    // Pages come all the same.
    app.nobody().with_cookie(&"A".repeat(43)).get("/").await.expect(404);
}

#[tokio::test]
async fn sessions_long_over_are_removed() {
    let clock = Clock::manual(start());
    let app = TestApp::with_clock(vec![], clock.clone()).await;
    let ana = app.an_administrator().await;
    let count = async || {
        let counted =
            sqlx::query_scalar!("select count(*) from sessions where user_id = $1", ana.user_id.uuid());
        counted.fetch_one(app.db.pool()).await.unwrap()
    };
    clock.advance(Duration::days(89));
    app.run_job("identity.sessions").await;
    assert_eq!(count().await, Some(1));
    clock.advance(Duration::days(3));
    app.run_job("identity.sessions").await;
    assert_eq!(count().await, Some(0));
}

#[tokio::test]
async fn that_a_session_is_in_use_is_written_at_most_once_a_minute() {
    let clock = Clock::manual(start());
    let app = TestApp::with_clock(vec![], clock.clone()).await;
    let ana = app.an_administrator().await;
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..40 {
        clock.advance(Duration::seconds(9));
        ana.get(SESSION).await.expect(200);
        let last =
            sqlx::query_scalar!("select last_seen_at from sessions where id = $1", ana.session_id.uuid());
        seen.insert(last.fetch_one(app.db.pool()).await.unwrap());
    }
    // Six minutes of requests every nine seconds.
    assert!((4..=7).contains(&seen.len()), "{seen:?}");
}
