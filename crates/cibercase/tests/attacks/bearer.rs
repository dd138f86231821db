//! How a token comes (RFC 6750): one of them, in the header.

use axum::body::Body;
use http::{Method, header};
use testkit::TestApp;

use super::{SESSION, TOKEN, tokens_of};

#[tokio::test]
async fn two_credentials_at_once_are_refused() {
    let app = TestApp::start(vec![]).await;
    let ana = app.an_administrator().await;
    let token = tokens_of(&app, &ana).await.access;
    let bearer = format!("Bearer {token}");
    let program = ana.with_bearer(&token);
    for caller in [&ana, &program] {
        let request = caller.request(Method::GET, SESSION).header(header::AUTHORIZATION, &bearer);
        let answer = caller.send(request.body(Body::empty()).unwrap()).await;
        answer.expect_problem(400, "two_credentials");
        assert_eq!(answer.header("www-authenticate"), Some(r#"Bearer error="invalid_request""#));
    }
    let path = format!("{SESSION}?access_token={token}");
    program.get(&path).await.expect_problem(400, "two_credentials");
}

#[tokio::test]
async fn a_token_in_the_query_or_in_a_form_is_none() {
    let app = TestApp::start(vec![]).await;
    let ana = app.an_administrator().await;
    let token = tokens_of(&app, &ana).await.access;
    for path in [format!("{SESSION}?access_token={token}"), format!("{SESSION}?token={token}")] {
        app.nobody().get(&path).await.expect_problem(401, "unauthenticated");
    }
    let form = [("access_token", token.as_str())];
    app.nobody().post_form("/api/v1/session/list", &form).await.expect(405);
    // A password in the query is none either.
    let path = format!("{TOKEN}?grant_type=password&username={}&password={}", ana.email, "x");
    assert_eq!(app.nobody().post_form(&path, &[]).await.expect(400)["error"], "invalid_request");
}

#[tokio::test]
async fn another_scheme_or_a_mangled_header_is_no_credential() {
    let app = TestApp::start(vec![]).await;
    let ana = app.an_administrator().await;
    let token = tokens_of(&app, &ana).await.access;
    for value in [
        token.clone(),
        format!("Basic {token}"),
        format!("Token {token}"),
        format!("Bearer{token}"),
        format!("Bearer {token}, Bearer {token}"),
        format!("Bearer {token} {token}"),
        format!("Bearer \"{token}\""),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
    ] {
        let request = app.nobody().request(Method::GET, SESSION).header(header::AUTHORIZATION, &value);
        let answer = app.nobody().send(request.body(Body::empty()).unwrap()).await;
        answer.expect_problem(401, "unauthenticated");
    }
}
