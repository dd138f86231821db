//! Tokens that are bound to a certificate, and certificates that are somebody else's.

use std::sync::Arc;

use axum::body::Body;
use http::{Method, header};
use platform::config::MtlsMode;
use platform::peer::{Inside, PeerCertificate};
use testkit::{Setup, TestApp, Value, json, opened};

use super::{ACCESS_TOKEN, EXCHANGE, SECRET};

const TOKEN: &str = "/sts/token";
const READINESS: &str = "/api/v1/mtls/readiness";
const SERVICES: &str = r#"
version: 1
services:
  desk:
    description: Shows certificates, and knows a secret.
    organizations: ["*"]
    scopes: [mtls:read]
    secret_hash: "sha256:72f7446aa068ae7f44695a5d6327f30d6ca123acec6ad1d71c4844bfb503c286"
    certificate_names: ["spiffe://cibercase/desk"]
  gateway:
    description: Acts for others.
    organizations: ["*"]
    scopes: [mtls:read]
    may_exchange: true
    secret_hash: "sha256:72f7446aa068ae7f44695a5d6327f30d6ca123acec6ad1d71c4844bfb503c286"
    certificate_names: ["spiffe://cibercase/gateway", gateway.example.org]
"#;

async fn start(mode: MtlsMode) -> TestApp {
    let mut setup = Setup { services_file: SERVICES.to_owned(), ..Setup::default() };
    setup.config.mtls.enabled = true;
    setup.config.mtls.mode = mode;
    TestApp::start_with(vec![mtls::module()], setup).await
}

/// What a handshake shows of a certificate with these names; `digit` tells certificates apart.
fn shows(names: &[&str], digit: char) -> Inside {
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    Inside::Shown(Arc::new(PeerCertificate { thumbprint: digit.to_string().repeat(43), names }))
}

fn desk() -> Inside {
    shows(&["spiffe://cibercase/desk", "desk.example.org"], 'a')
}

fn gateway() -> Inside {
    shows(&["gateway.example.org"], 'g')
}

async fn bound_token(app: &TestApp, id: &str, certificate: Inside) -> String {
    let form = [("grant_type", "client_credentials"), ("client_id", id)];
    let answer = app.nobody().inside(certificate).post_form(TOKEN, &form).await.expect(200);
    answer["access_token"].as_str().unwrap().to_owned()
}

fn with_secret<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    [&[("grant_type", "client_credentials"), ("client_secret", SECRET)], more].concat()
}

#[tokio::test]
async fn a_stolen_bound_token_opens_nothing_without_its_certificate_or_with_another() {
    let app = start(MtlsMode::Permissive).await;
    let token = bound_token(&app, "desk", desk()).await;
    assert_eq!(opened(&token)[1]["cnf"], json!({ "x5t#S256": "a".repeat(43) }));
    let thief = app.nobody().with_bearer(&token);
    // Twice, for what has been refused once is in no cache; then the owner; then the thief again, for what was let in is.
    for _ in 0..2 {
        for inside in [Inside::Unknown, gateway(), shows(&["spiffe://cibercase/desk"], 'b')] {
            let answer = thief.inside(inside).get(READINESS).await;
            assert_eq!(answer.header("www-authenticate"), Some("Bearer error=\"invalid_token\""));
            answer.expect_problem(401, "unauthenticated");
        }
        thief.get(READINESS).await.expect_problem(401, "unauthenticated");
        thief.inside(desk()).get(READINESS).await.expect(200);
    }
    thief.inside(Inside::Withdrawn).get(READINESS).await.expect_problem(401, "certificate_withdrawn");
}

#[tokio::test]
async fn a_bound_token_is_not_exchanged_for_one_that_anybody_may_bring() {
    let app = start(MtlsMode::Permissive).await;
    let token = bound_token(&app, "desk", desk()).await;
    let exchange = [
        ("grant_type", EXCHANGE),
        ("client_id", "gateway"),
        ("subject_token", &token),
        ("subject_token_type", ACCESS_TOKEN),
    ];
    let mut form = exchange.to_vec();
    form.push(("client_secret", SECRET));
    let answer = app.nobody().post_form(TOKEN, &form).await;
    assert_eq!(answer.expect(400)["error"], "invalid_request");
    let answer = app.nobody().inside(gateway()).post_form(TOKEN, &exchange).await.expect(200);
    let exchanged = answer["access_token"].as_str().unwrap();
    assert_eq!(opened(exchanged)[1]["cnf"]["x5t#S256"], "g".repeat(43));
    let bearer = app.nobody().with_bearer(exchanged);
    bearer.inside(desk()).get(READINESS).await.expect_problem(401, "unauthenticated");
    bearer.inside(gateway()).get(READINESS).await.expect(200);
}

#[tokio::test]
async fn a_certificate_of_another_service_proves_nothing() {
    let app = start(MtlsMode::Permissive).await;
    for (id, certificate) in [
        ("gateway", desk()),
        ("desk", gateway()),
        ("nobody", desk()),
        // Of two services at once, and of a name that only looks like one's own.
        ("desk", shows(&["spiffe://cibercase/desk", "spiffe://cibercase/gateway"], 'b')),
        ("desk", shows(&["spiffe://cibercase/desk/", "SPIFFE://cibercase/desk", "desk"], 'c')),
        ("desk", shows(&[], 'd')),
    ] {
        let form = [("grant_type", "client_credentials"), ("client_id", id)];
        let answer = app.nobody().inside(certificate).post_form(TOKEN, &form).await;
        assert!(matches!(answer.status.as_u16(), 401 | 429), "{id}: {}", answer.text());
    }
}

#[tokio::test]
async fn a_certificate_that_a_header_claims_binds_and_opens_nothing() {
    let app = start(MtlsMode::Permissive).await;
    let token = bound_token(&app, "desk", desk()).await;
    for name in ["client-cert", "x-ssl-client-cert", "x-forwarded-client-cert", "x-forwarded-tls-client-cert"]
    {
        let thief = app.nobody().with_bearer(&token).inside(Inside::Unknown);
        let claim = format!("Hash={};URI=spiffe://cibercase/desk", "a".repeat(43));
        let request = thief.request(Method::GET, READINESS).header(name, &claim);
        thief.send(request.body(Body::empty()).unwrap()).await.expect_problem(401, "unauthenticated");
        let request = app.nobody().request(Method::POST, TOKEN).header(name, &claim);
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let body = format!("grant_type=client_credentials&client_id=gateway&client_secret={SECRET}");
        let answer = app.nobody().send(request.body(body.into()).unwrap()).await.expect(200);
        let token = answer["access_token"].as_str().unwrap();
        assert!(opened(token)[1].get("cnf").is_none(), "{name}");
    }
}

#[tokio::test]
async fn strict_refuses_services_without_a_certificate_of_their_own_and_nobody_else() {
    let app = start(MtlsMode::Strict).await;
    let secret = with_secret(&[("client_id", "desk")]);
    for nobody in [app.nobody(), app.nobody().inside(Inside::Unknown), app.nobody().inside(gateway())] {
        let answer = nobody.post_form(TOKEN, &secret).await;
        assert_eq!(answer.expect(401)["error"], "invalid_client");
    }
    let answer = app.nobody().inside(desk()).post_form(TOKEN, &secret).await.expect(200);
    let token = answer["access_token"].as_str().unwrap();
    assert_eq!(
        opened(token)[1]["cnf"]["x5t#S256"],
        "a".repeat(43),
        "a secret beside a certificate binds too"
    );
    app.nobody().with_bearer(token).inside(desk()).get(READINESS).await.expect(200);
    // A person needs none.
    app.an_administrator().await.get(READINESS).await.expect(200);
}

#[tokio::test]
async fn strict_refuses_a_token_from_before_that_anybody_could_bring() {
    let permissive = start(MtlsMode::Permissive).await;
    let answer =
        permissive.nobody().post_form(TOKEN, &with_secret(&[("client_id", "desk")])).await.expect(200);
    let unbound = answer["access_token"].as_str().unwrap();
    permissive.nobody().with_bearer(unbound).get(READINESS).await.expect(200);
    let mut setup = Setup::default();
    setup.config.mtls.enabled = true;
    setup.config.mtls.mode = MtlsMode::Strict;
    let strict = permissive.another_node_configured(vec![mtls::module()], setup);
    for inside in [Inside::Unknown, desk()] {
        let caller = strict.nobody().with_bearer(unbound).inside(inside);
        caller.get(READINESS).await.expect_problem(401, "certificate_required");
    }
}

#[tokio::test]
async fn what_is_told_of_a_bound_token_says_what_it_is_bound_to() {
    let app = start(MtlsMode::Permissive).await;
    let token = bound_token(&app, "desk", desk()).await;
    let form = with_secret(&[("client_id", "desk"), ("token", &token)]);
    let state: Value = app.nobody().post_form("/sts/introspect", &form).await.expect(200);
    assert_eq!(state["cnf"], json!({ "x5t#S256": "a".repeat(43) }));
}
