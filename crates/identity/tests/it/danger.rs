//! Dangerous acts ask for a fresh proof, whatever the session is good for otherwise.

use platform::clock::Clock;
use testkit::{Actor, Answer, Authenticator, PASSWORD, TestApp, Value, json};
use time::{Duration, OffsetDateTime};

const PROOF: &str = "/api/v1/session/proof";
const TOTP: &str = "/api/v1/session/second-factor/totp";

async fn start() -> (TestApp, Clock) {
    let clock = Clock::manual(OffsetDateTime::from_unix_timestamp(1_790_000_000).unwrap());
    (TestApp::with_clock(vec![], clock.clone()).await, clock)
}

async fn call(person: &Actor, method: &str, path: &str, body: Value) -> Answer {
    match method {
        "POST" => person.post(path, body).await,
        "PATCH" => person.patch(path, 1, body).await,
        "DELETE" => person.delete(path).await,
        _ => panic!("{method}"),
    }
}

/// A route's path with an id that is nobody's.
fn filled(route: &str) -> String {
    let id = uuid::Uuid::nil().to_string();
    route
        .split('/')
        .map(|part| if part.starts_with('{') { id.as_str() } else { part })
        .collect::<Vec<_>>()
        .join("/")
}

#[tokio::test]
async fn every_dangerous_act_that_is_served_here_asks_for_a_fresh_proof() {
    let (app, clock) = start().await;
    let (ana, eva) = (app.an_administrator().await, app.an_administrator().await);
    let proposal = eva.post(TOTP, json!({})).await.expect(200);
    let code = Authenticator::of(proposal["secret"].as_str().unwrap()).code_at(app.clock.now());
    eva.post(&format!("{TOTP}/confirm"), json!({ "code": code })).await.expect(200);
    clock.advance(Duration::minutes(15));
    let mut served = 0;
    for (method, route, asks) in identity::DANGEROUS {
        if !app.routes.iter().any(|entry| entry.method == method && entry.path == route) {
            continue;
        }
        served += 1;
        let path = filled(route);
        let problem =
            call(&eva, method, &path, json!({})).await.expect_problem(403, "reauthentication_required");
        assert_eq!(problem["context"]["proof"], "code", "{method} {route}");
        let answer = call(&ana, method, &path, json!({})).await;
        if asks == identity::Asks::Everybody {
            let problem = answer.expect_problem(403, "reauthentication_required");
            assert_eq!(problem["context"]["proof"], "password", "{method} {route}");
        } else {
            answer.expect_problem(422, "validation_failed");
        }
    }
    assert!(served >= 10, "{served}");
    // What only reads goes on.
    ana.get("/api/v1/users").await.expect(200);
    ana.get("/api/v1/session/list").await.expect(200);
}

#[tokio::test]
async fn a_password_proves_for_a_quarter_of_an_hour() {
    let (app, clock) = start().await;
    let ana = app.an_administrator().await;
    clock.advance(Duration::minutes(16));
    ana.post(TOTP, json!({})).await.expect_problem(403, "reauthentication_required");
    ana.post(PROOF, json!({ "password": "not mine at all" })).await.expect_problem(422, "validation_failed");
    ana.post(PROOF, json!({ "code": "123456" })).await.expect_problem(422, "validation_failed");
    ana.post(PROOF, json!({})).await.expect_problem(422, "validation_failed");
    ana.post(TOTP, json!({})).await.expect(403);
    ana.post(PROOF, json!({ "password": PASSWORD })).await.expect(204);
    ana.post(TOTP, json!({})).await.expect(200);
    clock.advance(Duration::minutes(14));
    ana.post(TOTP, json!({})).await.expect(200);
    clock.advance(Duration::minutes(1));
    ana.post(TOTP, json!({})).await.expect(403);
    let proven = &ana.get("/api/v1/audit?action=session.proven").await.items()[0];
    assert_eq!(proven["detail"]["proof"], "password");
    let refused = &ana.get("/api/v1/audit?action=session.refused").await.items()[0];
    assert_eq!(refused["detail"]["purpose"], "proof");
}

#[tokio::test]
async fn whoever_has_a_second_factor_proves_with_it_and_not_with_the_password() {
    let (app, clock) = start().await;
    let ana = app.an_administrator().await;
    let proposal = ana.post(TOTP, json!({})).await.expect(200);
    let authenticator = Authenticator::of(proposal["secret"].as_str().unwrap());
    let code = json!({ "code": authenticator.code_at(app.clock.now()) });
    ana.post(&format!("{TOTP}/confirm"), code).await.expect(200);
    clock.advance(Duration::minutes(16));
    let factor = "/api/v1/session/second-factor";
    ana.delete(factor).await.expect_problem(403, "reauthentication_required");
    ana.post(PROOF, json!({ "password": PASSWORD })).await.expect_problem(422, "validation_failed");
    ana.post(PROOF, json!({ "code": "000000" })).await.expect_problem(422, "validation_failed");
    let code = json!({ "code": authenticator.code_at(app.clock.now()) });
    ana.post(PROOF, code.clone()).await.expect(204);
    // Not even a proof takes the same code twice.
    ana.post(PROOF, code).await.expect_problem(422, "validation_failed");
    ana.delete(factor).await.expect(204);
}

#[tokio::test]
async fn a_proof_given_to_one_process_counts_at_the_others() {
    let (app, clock) = start().await;
    let other = app.another_node(vec![]);
    let ana = app.an_administrator().await;
    clock.advance(Duration::minutes(16));
    let there = ana.at(&other);
    there.post(TOTP, json!({})).await.expect(403);
    ana.post(PROOF, json!({ "password": PASSWORD })).await.expect(204);
    there.post(TOTP, json!({})).await.expect(200);
}
