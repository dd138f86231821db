//! Access tokens of programs.

use axum::body::Body;
use axum::http::{Method, header};
use platform::clock::Clock;
use testkit::{Actor, PASSWORD, Setup, TestApp, Value, json};
use time::{Duration, OffsetDateTime};

const TOKEN: &str = "/api/v1/auth/token";

async fn tokens(app: &TestApp, actor: &Actor) -> Value {
    let form = [("grant_type", "password"), ("username", &actor.email), ("password", PASSWORD)];
    app.nobody().post_form(TOKEN, &form).await.expect(200)
}

#[tokio::test]
async fn a_program_gets_a_short_access_token_for_a_password() {
    let app = TestApp::start(vec![]).await;
    let ana = app.an_administrator().await;
    let form = [("grant_type", "password"), ("username", ana.email.as_str()), ("password", PASSWORD)];
    let answer = app.nobody().post_form(TOKEN, &form).await;
    let body = answer.expect(200);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(
        (&body["token_type"], &body["expires_in"], &body["scope"]),
        (&json!("Bearer"), &json!(300), &json!("api"))
    );
    let program = ana.with_bearer(body["access_token"].as_str().unwrap());
    assert_eq!(program.get("/api/v1/session").await.expect(200)["user"]["id"], json!(ana.user_id));
    // No cookie, no origin needed.
    program.patch("/api/v1/session/preferences", 1, json!({})).await.expect(200);
}

#[tokio::test]
async fn an_access_token_runs_out() {
    let clock = Clock::manual(OffsetDateTime::from_unix_timestamp(1_790_000_000).unwrap());
    let app = TestApp::with_clock(vec![], clock.clone()).await;
    let ana = app.an_administrator().await;
    let program = ana.with_bearer(tokens(&app, &ana).await["access_token"].as_str().unwrap());
    clock.advance(Duration::seconds(299));
    program.get("/api/v1/session").await.expect(200);
    clock.advance(Duration::seconds(1));
    let answer = program.get("/api/v1/session").await;
    answer.expect_problem(401, "unauthenticated");
    assert_eq!(answer.header("www-authenticate"), Some("Bearer error=\"invalid_token\""));
}

#[tokio::test]
async fn signing_out_or_revoking_kills_the_access_token_at_once() {
    let app = TestApp::start(vec![]).await;
    let ana = app.an_administrator().await;
    for way in ["sign out", "revoke the access token", "revoke the refresh token"] {
        let tokens = tokens(&app, &ana).await;
        let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
        let program = ana.with_bearer(&text("access_token"));
        program.get("/api/v1/session").await.expect(200);
        let revoke = |token: String| {
            let nobody = app.nobody();
            async move { nobody.post_form("/api/v1/auth/revoke", &[("token", &token)]).await }
        };
        match way {
            "sign out" => program.delete("/api/v1/session").await.expect(204),
            "revoke the access token" => revoke(text("access_token")).await.expect(200),
            _ => revoke(text("refresh_token")).await.expect(200),
        };
        program.get("/api/v1/session").await.expect(401);
        let refresh_token = text("refresh_token");
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh_token.as_str())];
        assert_eq!(app.nobody().post_form(TOKEN, &form).await.expect(400)["error"], "invalid_grant");
    }
    app.nobody().post_form("/api/v1/auth/revoke", &[("token", "whatever")]).await.expect(200);
}

#[tokio::test]
async fn two_credentials_at_once_are_refused() {
    let app = TestApp::start(vec![]).await;
    let ana = app.an_administrator().await;
    let token = tokens(&app, &ana).await["access_token"].as_str().unwrap().to_owned();
    let bearer = format!("Bearer {token}");
    let request = ana.request(Method::GET, "/api/v1/session").header(header::AUTHORIZATION, &bearer);
    ana.send(request.body(Body::empty()).unwrap()).await.expect_problem(400, "two_credentials");
    let program = ana.with_bearer(&token);
    let request = program.request(Method::GET, "/api/v1/session").header(header::AUTHORIZATION, &bearer);
    program.send(request.body(Body::empty()).unwrap()).await.expect_problem(400, "two_credentials");
    program.get("/api/v1/session?access_token=x").await.expect_problem(400, "two_credentials");
    // A token in the URL alone is none.
    app.nobody().get(&format!("/api/v1/session?access_token={token}")).await.expect(401);
}

#[tokio::test]
async fn forged_and_foreign_tokens_are_nobody() {
    let app = TestApp::start(vec![]).await;
    let ana = app.an_administrator().await;
    let tokens = tokens(&app, &ana).await;
    let token = tokens["access_token"].as_str().unwrap();
    let (message, signature) = token.rsplit_once('.').unwrap();
    let other = TestApp::start(vec![]).await;
    let eva = other.an_administrator().await;
    let foreign = self::tokens(&other, &eva).await["access_token"].as_str().unwrap().to_owned();
    let refresh_token = tokens["refresh_token"].as_str().unwrap().to_owned();
    for forged in [
        format!("{message}."),
        format!("{message}.{}", signature.chars().rev().collect::<String>()),
        format!("{message}.{signature}.{signature}"),
        foreign,
        refresh_token,
        ana.cookie().to_owned(),
        "a.b.c".to_owned(),
        "..".to_owned(),
        "x".repeat(20_000) + ".y.z",
    ] {
        ana.with_bearer(&forged).get("/api/v1/session").await.expect_problem(401, "unauthenticated");
    }
    ana.with_cookie(token).get("/api/v1/session").await.expect(401);
}

#[tokio::test]
async fn the_token_endpoint_answers_as_oauth_does() {
    let app = TestApp::start(vec![]).await;
    let ana = app.an_administrator().await;
    let nobody = app.nobody();
    let right = [("grant_type", "password"), ("username", ana.email.as_str()), ("password", PASSWORD)];
    for (form, error) in [
        (vec![], "invalid_request"),
        (vec![("grant_type", "client_credentials")], "unsupported_grant_type"),
        (vec![("grant_type", "password"), ("username", "ana")], "invalid_request"),
        (vec![right[0], right[1], ("password", "wrong")], "invalid_grant"),
        (vec![right[0], right[1], right[2], right[2]], "invalid_request"),
        (vec![right[0], right[1], right[2], ("scope", "admin")], "invalid_scope"),
        (vec![("grant_type", "refresh_token"), ("refresh_token", "unknown")], "invalid_grant"),
        (vec![("grant_type", "refresh_token")], "invalid_request"),
    ] {
        let answer = nobody.post_form(TOKEN, &form).await;
        let body = answer.expect(400);
        assert_eq!(body["error"], error, "{form:?}");
        assert!(body["error_description"].is_string());
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    nobody.post(TOKEN, json!({})).await.expect(400);
    nobody.post_form(TOKEN, &[("password", &"x".repeat(20_000))]).await.expect(413);
    // What OAuth does not know it ignores.
    let more = [right[0], right[1], right[2], ("client_id", "cli"), ("x", "y")];
    nobody.post_form(TOKEN, &more).await.expect(200);
}

#[tokio::test]
async fn the_password_grant_can_be_switched_off() {
    let mut setup = Setup::default();
    setup.config.session.allow_password_grant = false;
    let app = TestApp::start_with(vec![], setup).await;
    let ana = app.an_administrator().await;
    let form = [("grant_type", "password"), ("username", ana.email.as_str()), ("password", PASSWORD)];
    let answer = app.nobody().post_form(TOKEN, &form).await.expect(400);
    assert_eq!(answer["error"], "unsupported_grant_type");
}

#[tokio::test]
async fn the_public_keys_verify_our_tokens_and_may_be_cached() {
    let app = TestApp::start(vec![]).await;
    let answer = app.nobody().get("/sts/jwks").await;
    let keys = answer.expect(200);
    assert_eq!(keys["keys"][0]["alg"], "ES256");
    assert_eq!(keys["keys"][0]["use"], "sig");
    assert!(keys["keys"][0].get("d").is_none());
    assert!(answer.header("cache-control").unwrap().contains("max-age=300"));
}
