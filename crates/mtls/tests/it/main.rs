//! When strict mutual TLS is safe, through HTTP.

#![expect(clippy::unwrap_used, reason = "a test ends where it goes wrong")]

mod authority;

use std::sync::Arc;

use platform::clock::Clock;
use platform::peer::{Inside, PeerCertificate};
use testkit::{Actor, Setup, TestApp, Value, json};
use time::{Duration, OffsetDateTime};

const TOKEN: &str = "/sts/token";
const READINESS: &str = "/api/v1/mtls/readiness";
const SECRET: &str = "vbJf0gVzAqTn6oYkqjH2m8sP4wX1dLrE";
const SERVICES: &str = r#"
version: 1
services:
  desk:
    description: Has a certificate.
    organizations: ["*"]
    scopes: [mtls:read]
    secret_hash: "sha256:72f7446aa068ae7f44695a5d6327f30d6ca123acec6ad1d71c4844bfb503c286"
    certificate_names: ["spiffe://cibercase/desk"]
  relay:
    description: Has one as well.
    organizations: ["*"]
    scopes: [mtls:read]
    secret_hash: "sha256:72f7446aa068ae7f44695a5d6327f30d6ca123acec6ad1d71c4844bfb503c286"
    certificate_names: ["spiffe://cibercase/relay"]
"#;

struct Scene {
    app: TestApp,
    clock: Clock,
    admin: Actor,
}

async fn scene(is_enabled: bool) -> Scene {
    let clock = Clock::manual(OffsetDateTime::from_unix_timestamp(1_790_000_000).unwrap());
    let mut setup = Setup { clock: clock.clone(), services_file: SERVICES.to_owned(), ..Setup::default() };
    setup.config.mtls.enabled = is_enabled;
    setup.config.session.idle_seconds = 60 * 60 * 24 * 365;
    setup.config.session.absolute_seconds = 60 * 60 * 24 * 365;
    let app = TestApp::start_with(vec![mtls::module()], setup).await;
    let admin = app.an_administrator().await;
    Scene { app, clock, admin }
}

impl Scene {
    async fn comes(&self, id: &str, inside: Option<Inside>, address: &str) {
        let caller = self.app.nobody().from_address(address);
        let caller = inside.map_or(caller.clone(), |inside| caller.inside(inside));
        let form = [("grant_type", "client_credentials"), ("client_id", id), ("client_secret", SECRET)];
        caller.post_form(TOKEN, &form).await.expect(200);
    }

    async fn readiness(&self) -> Value {
        self.admin.get(READINESS).await.expect(200)
    }
}

fn certificate_of(id: &str) -> Option<Inside> {
    let names = vec![format!("spiffe://cibercase/{id}")];
    Some(Inside::Shown(Arc::new(PeerCertificate { thumbprint: "a".repeat(43), names })))
}

fn service<'a>(readiness: &'a Value, id: &str) -> &'a Value {
    readiness["services"].as_array().unwrap().iter().find(|one| one["service"] == id).unwrap()
}

#[tokio::test]
async fn strict_is_safe_once_every_service_came_with_its_certificate_for_long_enough_and_in_no_other_way() {
    let scene = scene(true).await;
    let nothing = scene.readiness().await;
    assert_eq!(nothing["reasons"], json!(["watched_too_briefly", "service_unseen"]));
    scene.comes("desk", certificate_of("desk"), "192.0.2.1").await;
    scene.comes("relay", None, "192.0.2.7").await;
    let readiness = scene.readiness().await;
    assert_eq!(readiness["reasons"], json!(["watched_too_briefly", "service_refused"]));
    assert_eq!(service(&readiness, "desk")["state"], "ready");
    let relay = service(&readiness, "relay");
    assert_eq!((&relay["state"], &relay["certified_at"]), (&json!("refused"), &Value::Null));
    let refusal = &relay["refusals"][0];
    assert_eq!(
        (&refusal["arrival"], &refusal["address"]),
        (&json!("without_certificate"), &json!("192.0.2.7"))
    );
    // It is given its certificate; a week later the old way is forgotten.
    scene.clock.advance(Duration::days(1));
    for id in ["desk", "relay"] {
        scene.comes(id, certificate_of(id), "192.0.2.7").await;
    }
    scene.clock.advance(Duration::days(6) + Duration::hours(1));
    let readiness = scene.readiness().await;
    assert_eq!((&readiness["reasons"], &readiness["is_strict_safe"]), (&json!([]), &json!(true)));
    // A longer look back finds it again.
    let longer = scene.admin.get(&format!("{READINESS}?days=30")).await.expect(200);
    assert_eq!(longer["reasons"], json!(["watched_too_briefly", "service_refused"]));
    for days in ["0", "91", "-1"] {
        scene.admin.get(&format!("{READINESS}?days={days}")).await.expect_problem(422, "validation_failed");
    }
}

#[tokio::test]
async fn each_way_and_address_is_told_once_with_its_count() {
    let scene = scene(true).await;
    for minute in 0..3 {
        for address in ["192.0.2.1", "2001:db8::1"] {
            scene.comes("desk", None, address).await;
            scene.comes("desk", certificate_of("relay"), address).await;
        }
        scene.clock.advance(Duration::minutes(1 + minute));
    }
    let readiness = scene.readiness().await;
    let refusals = service(&readiness, "desk")["refusals"].as_array().unwrap().clone();
    assert_eq!(refusals.len(), 4, "{refusals:?}");
    assert!(refusals.iter().all(|one| one["times"] == 3), "{refusals:?}");
    let ways = refusals.iter().map(|one| one["arrival"].as_str().unwrap()).collect::<Vec<_>>();
    assert_eq!(ways.iter().filter(|way| **way == "foreign_certificate").count(), 2);
}

#[tokio::test]
async fn an_unbound_token_beside_a_certificate_is_told() {
    let scene = scene(true).await;
    let form = [("grant_type", "client_credentials"), ("client_id", "desk"), ("client_secret", SECRET)];
    let answer = scene.app.nobody().post_form(TOKEN, &form).await.expect(200);
    let token = answer["access_token"].as_str().unwrap();
    let desk = scene.app.nobody().with_bearer(token).inside(certificate_of("desk").unwrap());
    let readiness = desk.get(READINESS).await.expect(200);
    let refusals = service(&readiness, "desk")["refusals"].as_array().unwrap().clone();
    let ways = refusals.iter().map(|one| one["arrival"].as_str().unwrap()).collect::<Vec<_>>();
    assert!(ways.contains(&"unbound_token") && ways.contains(&"without_certificate"), "{ways:?}");
}

#[tokio::test]
async fn while_mutual_tls_is_off_nothing_is_noted() {
    let scene = scene(false).await;
    scene.comes("desk", None, "192.0.2.1").await;
    let readiness = scene.readiness().await;
    assert_eq!(readiness["reasons"], json!(["disabled", "watched_too_briefly", "service_unseen"]));
    assert!(readiness["watched_since"].is_null());
}

#[tokio::test]
async fn readiness_is_for_who_reads_the_whole_installation() {
    let scene = scene(true).await;
    let acme = scene.app.organization("Acme").await;
    scene.app.nobody().get(READINESS).await.expect_problem(401, "unauthenticated");
    scene.app.an_analyst_of(&acme).await.get(READINESS).await.expect_problem(403, "forbidden");
    scene.app.an_auditor_of(&acme).await.get(READINESS).await.expect_problem(403, "needs_everywhere");
}
