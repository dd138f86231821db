//! Programs that claim to be another one, or bring what was given to another one.

use axum::body::Body;
use http::{Method, header};
use testkit::{Setup, TestApp};

use super::{ACCESS_TOKEN, EXCHANGE, SECRET, SERVICES, SESSION, tokens_of};

/// What proxies write of the certificate that they saw, and others may write too.
const CERTIFICATE_HEADERS: [(&str, &str); 8] = [
    ("client-cert", ":MIIBqDCCAU6gAwIBAgIBBzAKBggqhkjOPQQDAjA6:"),
    ("x-client-cert", "-----BEGIN CERTIFICATE-----"),
    ("x-ssl-client-cert", "-----BEGIN%20CERTIFICATE-----"),
    ("x-ssl-client-verify", "SUCCESS"),
    ("x-ssl-client-s-dn", "CN=gateway"),
    ("x-forwarded-client-cert", "By=spiffe://soc/api;URI=spiffe://soc/gateway"),
    ("x-amzn-mtls-clientcert", "-----BEGIN%20CERTIFICATE-----"),
    ("x-forwarded-tls-client-cert", "MIIBqDCCAU6gAwIBAgIBBzAKBggqhkjOPQQDAjA6"),
];

type Form<'a> = Vec<(&'a str, &'a str)>;

async fn start() -> TestApp {
    let setup = Setup { services_file: SERVICES.to_owned(), ..Setup::default() };
    TestApp::start_with(vec![], setup).await
}

fn form<'a>(id: &'a str, more: &[(&'a str, &'a str)]) -> Form<'a> {
    [&[("client_id", id), ("client_secret", SECRET)], more].concat()
}

async fn token(app: &TestApp, form: &Form<'_>) -> String {
    let answer = app.nobody().post_form("/sts/token", form).await.expect(200);
    answer["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_token_for_one_service_opens_nothing_at_another() {
    let app = start().await;
    let own = [("grant_type", "client_credentials")];
    let elsewhere = token(&app, &form("desk", &[own[0], ("resource", "https://desk.example")])).await;
    let here = token(&app, &form("desk", &own)).await;
    let program = app.nobody().with_bearer(&elsewhere);
    for path in [SESSION, "/api/v1/users", "/api/v1/audit"] {
        program.get(path).await.expect_problem(401, "unauthenticated");
    }
    // Neither can somebody else make one for here of it, nor learn of it, nor end it.
    let exchange =
        [("grant_type", EXCHANGE), ("subject_token", &elsewhere), ("subject_token_type", ACCESS_TOKEN)];
    let answer = app.nobody().post_form("/sts/token", &form("gateway", &exchange)).await;
    assert_eq!(answer.expect(400)["error"], "invalid_request");
    let about = form("gateway", &[("token", &elsewhere)]);
    let state = app.nobody().post_form("/sts/introspect", &about).await.expect(200);
    assert_eq!(state, testkit::json!({ "active": false }));
    for token in [&elsewhere, &here] {
        let answer = app.nobody().post_form("/sts/revoke", &form("gateway", &[("token", token)])).await;
        assert_eq!(answer.expect(400)["error"], "unauthorized_client");
        let state = app.nobody().post_form("/sts/introspect", &form("desk", &[("token", token)])).await;
        assert_eq!(state.expect(200)["active"], true);
    }
}

#[tokio::test]
async fn a_certificate_that_a_header_claims_is_nobodys() {
    let app = start().await;
    let nobody = app.nobody();
    for (name, value) in CERTIFICATE_HEADERS {
        let request = nobody.request(Method::GET, SESSION).header(name, value);
        let answer = nobody.send(request.body(Body::empty()).unwrap()).await;
        answer.expect_problem(401, "unauthenticated");
        let request = nobody.request(Method::POST, "/sts/token").header(name, value);
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let answer =
            nobody.send(request.body("grant_type=client_credentials&client_id=gateway".into()).unwrap());
        assert_eq!(answer.await.expect(401)["error"], "invalid_client", "{name}");
    }
}

#[tokio::test]
async fn a_persons_tokens_and_a_services_secret_do_not_stand_in_for_one_another() {
    let app = start().await;
    let admin = app.an_administrator().await;
    let person = tokens_of(&app, &admin).await;
    for secret in [person.access.as_str(), &person.refresh, testkit::PASSWORD, "", &SECRET.to_lowercase()] {
        let form =
            vec![("grant_type", "client_credentials"), ("client_id", "gateway"), ("client_secret", secret)];
        let answer = app.nobody().post_form("/sts/token", &form).await;
        assert!(answer.status == 401 || answer.status == 429, "{}", answer.text());
    }
    app.nobody().with_bearer(SECRET).get(SESSION).await.expect_problem(401, "unauthenticated");
    // A service has no password, and no refresh token to begin with.
    let service = [("grant_type", "password"), ("username", "gateway"), ("password", SECRET)];
    let answer = app.nobody().post_form(super::TOKEN, &service).await;
    assert_eq!(answer.expect(400)["error"], "invalid_grant");
    let refresh = form("gateway", &[("grant_type", "refresh_token"), ("refresh_token", &person.refresh)]);
    let answer = app.nobody().post_form("/sts/token", &refresh).await;
    assert_eq!(answer.expect(400)["error"], "unsupported_grant_type");
}
