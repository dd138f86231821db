//! The life of signing keys on several nodes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use platform::clock::Clock;
use testkit::{Actor, PASSWORD, Setup, TestApp, Value, json, opened};
use time::Duration;

const SESSION: &str = "/api/v1/session";
const ROTATE: &str = "/sts/rotate-keys";

/// A clock that stands until it is turned: only signals tell of a change.
async fn with_clock() -> (TestApp, Clock) {
    let mut setup = Setup { clock: Clock::manual(super::now()), ..Setup::default() };
    setup.config.session.access_token_seconds = 3600;
    let clock = setup.clock.clone();
    (TestApp::start_with(vec![], setup).await, clock)
}

async fn token_of(app: &TestApp, actor: &Actor) -> String {
    let form = [("grant_type", "password"), ("username", &actor.email), ("password", PASSWORD)];
    let answer = app.nobody().post_form("/api/v1/auth/token", &form).await.expect(200);
    answer["access_token"].as_str().unwrap().to_owned()
}

fn kid_of(token: &str) -> String {
    opened(token)[0]["kid"].as_str().unwrap().to_owned()
}

async fn published(app: &TestApp) -> Vec<String> {
    let keys = app.nobody().get("/sts/jwks").await.expect(200);
    let kid = |key: &Value| key["kid"].as_str().unwrap().to_owned();
    keys["keys"].as_array().unwrap().iter().map(kid).collect()
}

async fn until_status(actor: &Actor, status: u16) {
    for _ in 0..2000 {
        if actor.get(SESSION).await.status == status {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("it does not come to {status}");
}

#[tokio::test]
async fn the_next_key_is_published_before_it_signs_and_the_last_until_its_tokens_have_run_out() {
    let (app, clock) = with_clock().await;
    let admin = app.an_administrator().await;
    let first = token_of(&app, &admin).await;
    let before = published(&app).await;
    assert_eq!(before.len(), 2);
    // Nobody who caches the keys for five minutes meets one that signs and is not among them.
    let answer = admin.post(ROTATE, json!({})).await;
    answer.expect_problem(409, "key_too_young");
    assert_eq!(answer.header("retry-after"), Some("601"));
    clock.advance(Duration::seconds(599));
    admin.post(ROTATE, json!({})).await.expect_problem(409, "key_too_young");
    clock.advance(Duration::seconds(1));
    let keys = admin.post(ROTATE, json!({})).await.expect(200);
    let phases = keys["items"].as_array().unwrap().iter().map(|key| key["phase"].clone());
    let mut phases = phases.collect::<Vec<_>>();
    phases.sort_by_key(ToString::to_string);
    assert_eq!(phases, ["active", "prepared", "tainted"]);
    let second = token_of(&app, &admin).await;
    assert_ne!(kid_of(&first), kid_of(&second));
    assert!(before.contains(&kid_of(&second)), "the next key was published already");
    assert!(published(&app).await.contains(&kid_of(&first)));
    for token in [&first, &second] {
        admin.with_bearer(token).get(SESSION).await.expect(200);
    }
    clock.advance(Duration::seconds(3000));
    app.run_job("sts.keys").await;
    assert!(published(&app).await.contains(&kid_of(&first)), "its last token may still live");
    clock.advance(Duration::seconds(660));
    app.run_job("sts.keys").await;
    assert!(!published(&app).await.contains(&kid_of(&first)));
    let actions = app.audit_actions().await;
    for action in
        ["signing_key.prepared", "signing_key.activated", "signing_key.tainted", "signing_key.revoked"]
    {
        assert!(actions.contains(&action.to_owned()), "{action}");
    }
}

#[tokio::test]
async fn a_key_that_has_grown_old_gives_way_by_itself() {
    let (app, clock) = with_clock().await;
    let before = published(&app).await;
    clock.advance(Duration::days(90) - Duration::minutes(1));
    app.run_job("sts.keys").await;
    assert_eq!(published(&app).await, before, "not yet");
    clock.advance(Duration::minutes(1));
    app.run_job("sts.keys").await;
    let after = published(&app).await;
    assert_eq!(after.iter().filter(|kid| before.contains(kid)).count(), 2);
    assert_eq!(after.len(), 3);
    // Done once, not at every look.
    app.run_job("sts.keys").await;
    assert_eq!(published(&app).await, after);
    let admin = app.an_administrator().await;
    let kid = kid_of(&token_of(&app, &admin).await);
    assert!(before.contains(&kid));
}

#[tokio::test]
async fn tokens_are_accepted_on_both_nodes_throughout_three_rotations() {
    let (one, clock) = with_clock().await;
    let one = Arc::new(one);
    let other = Arc::new(one.another_node(vec![]));
    one.live().await;
    other.live().await;
    let admin = one.an_administrator().await;
    let first = token_of(&one, &admin).await;
    let (is_over, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let askers = [(&one, &other), (&other, &one)].map(|(issuer, verifier)| {
        let (issuer, verifier, admin, first) =
            (issuer.clone(), verifier.clone(), admin.clone(), first.clone());
        let (is_over, asked) = (is_over.clone(), asked.clone());
        #[expect(clippy::disallowed_methods, reason = "the test waits for its end")]
        tokio::spawn(async move {
            while !is_over.load(Ordering::Relaxed) {
                let fresh = token_of(&issuer, &admin).await;
                for token in [&fresh, &first] {
                    for node in [&issuer, &verifier] {
                        admin.with_bearer(token).at(node).get(SESSION).await.expect(200);
                    }
                }
                asked.fetch_add(1, Ordering::Relaxed);
            }
        })
    });
    let mut kids = vec![kid_of(&first)];
    for _ in 0..3 {
        let seen = asked.load(Ordering::Relaxed);
        while asked.load(Ordering::Relaxed) < seen + 4 {
            assert!(askers.iter().all(|asker| !asker.is_finished()), "a token was refused");
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        clock.advance(Duration::minutes(10));
        admin.post("/api/v1/session/proof", json!({ "password": PASSWORD })).await.expect(204);
        admin.post(ROTATE, json!({})).await.expect(200);
        kids.push(kid_of(&token_of(&one, &admin).await));
    }
    let seen = asked.load(Ordering::Relaxed);
    while asked.load(Ordering::Relaxed) < seen + 4 {
        assert!(askers.iter().all(|asker| !asker.is_finished()), "a token was refused");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    is_over.store(true, Ordering::Relaxed);
    for asker in askers {
        asker.await.unwrap();
    }
    kids.dedup();
    assert_eq!(kids.len(), 4);
}

#[tokio::test]
async fn what_stolen_keys_signed_is_refused_on_every_node_at_once() {
    let (one, _clock) = with_clock().await;
    let other = one.another_node(vec![]);
    one.live().await;
    other.live().await;
    let admin = one.an_administrator().await;
    let token = token_of(&one, &admin).await;
    let thief = one.forger().await;
    let [header, claims] = opened(&token);
    let forged = thief.sign(&header.to_string(), &claims.to_string());
    for node in [&one, &other] {
        admin.with_bearer(&token).at(node).get(SESSION).await.expect(200);
        admin.with_bearer(&forged).at(node).get(SESSION).await.expect(200);
    }
    let before = published(&one).await;
    admin.post(ROTATE, json!({ "is_compromised": true })).await.expect(200);
    let after = published(&one).await;
    assert!(after.len() == 2 && after.iter().all(|kid| !before.contains(kid)), "none of them is believed");
    for token in [&token, &forged] {
        let program = admin.with_bearer(token);
        program.get(SESSION).await.expect(401);
        until_status(&program.at(&other), 401).await;
    }
    // Who is who goes on, with the new keys, on both.
    let token = token_of(&other, &admin).await;
    for node in [&one, &other] {
        admin.with_bearer(&token).at(node).get(SESSION).await.expect(200);
    }
}

#[tokio::test]
async fn without_signals_a_revoked_key_is_refused_within_seconds() {
    let (one, clock) = with_clock().await;
    let other = one.another_node(vec![]);
    let admin = one.an_administrator().await;
    let program = admin.with_bearer(&token_of(&one, &admin).await);
    program.at(&other).get(SESSION).await.expect(200);
    admin.post(ROTATE, json!({ "is_compromised": true })).await.expect(200);
    clock.advance(Duration::seconds(5));
    program.at(&other).get(SESSION).await.expect(401);
}

#[tokio::test]
async fn keys_are_changed_by_who_administers_the_whole_installation() {
    let app = TestApp::start(vec![]).await;
    let acme = app.organization("Acme").await;
    app.nobody().post(ROTATE, json!({})).await.expect(401);
    for actor in [app.a_soc_manager_of(&acme).await, app.an_auditor_of(&acme).await] {
        actor.post(ROTATE, json!({})).await.expect_problem(403, "forbidden");
    }
    let local = app.someone(&[(Some(&acme), "admin")]).await;
    local.post(ROTATE, json!({})).await.expect_problem(403, "needs_everywhere");
    let admin = app.an_administrator().await;
    admin.post(ROTATE, json!({ "is_compromized": true })).await.expect(422);
}

#[tokio::test]
async fn the_database_never_sees_a_key_that_could_sign() {
    let (app, clock) = with_clock().await;
    let admin = app.an_administrator().await;
    token_of(&app, &admin).await;
    clock.advance(Duration::minutes(10));
    admin.post(ROTATE, json!({})).await.expect(200);
    let mut database = app.superuser().await;
    let rows = sqlx::query!("select phase, public_x, sealed_private_key from signing_keys");
    for row in rows.fetch_all(&mut database).await.unwrap() {
        assert_eq!(row.sealed_private_key.is_some(), matches!(row.phase.as_str(), "active" | "prepared"));
        let sealed = row.sealed_private_key.unwrap_or_default();
        // PKCS#8 of a key of P-256 holds its object identifier and the public half; what is sealed shows neither.
        let identifier = b"\x2a\x86\x48\xce\x3d\x03\x01\x07";
        assert!(!sealed.windows(identifier.len()).any(|part| part == identifier));
    }
}

#[tokio::test]
async fn a_node_with_another_secret_says_so_and_serves_no_token() {
    let app = TestApp::start(vec![]).await;
    let admin = app.an_administrator().await;
    token_of(&app, &admin).await;
    let stranger = app.another_node_with_other_secrets(vec![]);
    let refusal = stranger.service::<sts::Sts>().tokens(&stranger).await.err().unwrap();
    assert!(format!("{refusal:?}").contains("sealed with another secret"), "{refusal:?}");
    stranger.nobody().get("/sts/jwks").await.expect_problem(500, "internal");
}

#[tokio::test]
async fn two_nodes_that_start_together_agree_on_the_first_keys() {
    let one = TestApp::start(vec![]).await;
    let nodes = [one.another_node(vec![]), one.another_node(vec![]), one.another_node(vec![])];
    let all = futures_util::future::join_all(nodes.iter().chain([&one]).map(published)).await;
    assert!(all.iter().all(|keys| *keys == all[0]), "{all:?}");
}
