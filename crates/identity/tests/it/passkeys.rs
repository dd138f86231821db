//! Passkeys: making them, signing in and proving with them, and what is not believed.

use axum::body::Body;
use axum::http::Method;
use platform::clock::Clock;
use testkit::{Actor, Answer, Authenticator, PASSWORD, Passkey, Setup, TestApp, Value, json};
use time::{Duration, OffsetDateTime};

const ORIGIN: &str = "http://localhost:8080";
const FACTOR: &str = "/api/v1/session/second-factor";
const PASSKEYS: &str = "/api/v1/session/second-factor/passkeys";
const OPTIONS: &str = "/api/v1/session/second-factor/passkeys/options";
const TOTP: &str = "/api/v1/session/second-factor/totp";
const CHALLENGE: &str = "/api/v1/session/challenge";
const CHALLENGE_OPTIONS: &str = "/api/v1/session/challenge/passkey-options";
const PROOF: &str = "/api/v1/session/proof";
const PROOF_OPTIONS: &str = "/api/v1/session/proof/passkey-options";

fn setup() -> Setup {
    let clock = Clock::manual(OffsetDateTime::from_unix_timestamp(1_790_000_000).unwrap());
    let mut setup = Setup { clock, ..Setup::default() };
    setup.config.public_url = ORIGIN.to_owned();
    // The tests' own pages are elsewhere.
    setup.config.web_origins.push("http://cibercase.test".to_owned());
    setup
}

async fn start() -> (TestApp, Clock) {
    let setup = setup();
    let clock = setup.clock.clone();
    (TestApp::start_with(vec![], setup).await, clock)
}

fn cookie(answer: &Answer, name: &str) -> Option<String> {
    answer.headers.get_all("set-cookie").iter().find_map(|value| {
        let (key, value) = value.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
        (key == name && !value.is_empty()).then(|| value.to_owned())
    })
}

async fn add(person: &Actor, name: &str, passkey: &mut Passkey) -> Answer {
    let options = person.post(OPTIONS, json!({})).await.expect(200);
    person.post(PASSKEYS, json!({ "name": name, "passkey": passkey.create(&options) })).await
}

/// Somebody with a passkey, the passkey, and the answer that told of it.
async fn enrolled(app: &TestApp) -> (Actor, Passkey, Value) {
    let (person, mut passkey) = (app.an_administrator().await, Passkey::of(ORIGIN));
    let added = add(&person, "Key ring", &mut passkey).await.expect(201);
    (person, passkey, added)
}

/// A browser that has proven the password and is asked for more.
struct Browser(Actor, String);

impl Browser {
    async fn challenged(app: &TestApp, email: &str) -> Self {
        let answer = app.nobody().sign_in(email, PASSWORD).await;
        answer.expect(202);
        Self(app.nobody(), cookie(&answer, "cibercase-challenge").unwrap())
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        let request = self.0.request(Method::POST, path);
        let request = request.header("cookie", format!("cibercase-challenge={}", self.1));
        let request = request.header("content-type", "application/json");
        self.0.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    async fn options(&self) -> Value {
        self.post(CHALLENGE_OPTIONS, json!({})).await.expect(200)
    }

    async fn show(&self, shown: Value) -> Answer {
        self.post(CHALLENGE, json!({ "passkey": shown })).await
    }

    async fn sign_in(&self, passkey: &mut Passkey) -> Answer {
        let options = self.options().await;
        self.show(passkey.get(&options)).await
    }
}

/// Why the last passkey was refused, as the audit log has it.
async fn reason(auditor: &Actor) -> String {
    let refused = &auditor.get("/api/v1/audit?action=session.refused").await.items()[0];
    refused["detail"]["passkey"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn whoever_has_a_passkey_signs_in_with_it_after_the_password() {
    let (app, _) = start().await;
    let (ana, mut passkey, added) = enrolled(&app).await;
    assert_eq!(added["passkey"]["name"], "Key ring");
    assert_eq!(added["codes"].as_array().unwrap().len(), 10);
    let asked = app.nobody().sign_in(&ana.email, PASSWORD).await.expect(202);
    assert_eq!(asked["methods"], json!(["passkey"]));
    let browser = Browser::challenged(&app, &ana.email).await;
    let options = browser.options().await;
    assert_eq!((&options["rpId"], &options["userVerification"]), (&json!("localhost"), &json!("required")));
    assert_eq!(options["allowCredentials"][0]["transports"], json!(["usb", "nfc"]));
    let answer = browser.show(passkey.get(&options)).await;
    assert_eq!(answer.expect(200)["user"]["email"], ana.email);
    ana.with_cookie(&cookie(&answer, "cibercase").unwrap()).get("/api/v1/users").await.expect(200);
    let opened = &ana.get("/api/v1/audit?action=session.opened").await.items()[0];
    assert_eq!(opened["detail"]["second_factor"], "passkey");
    let mine = ana.get(FACTOR).await.expect(200);
    assert_eq!((&mine["is_enrolled"], &mine["has_app"]), (&json!(true), &json!(false)));
    assert!(mine["passkeys"][0]["last_used_at"].is_string());
}

#[tokio::test]
async fn the_first_one_ends_the_other_sessions_and_a_second_does_not() {
    let (app, _) = start().await;
    let ana = app.an_administrator().await;
    let other = cookie(&app.nobody().sign_in(&ana.email, PASSWORD).await, "cibercase").unwrap();
    let mut first = Passkey::of(ORIGIN);
    add(&ana, "Laptop", &mut first).await.expect(201);
    ana.with_cookie(&other).get("/api/v1/session").await.expect(401);
    let browser = Browser::challenged(&app, &ana.email).await;
    let other = cookie(&browser.sign_in(&mut first).await, "cibercase").unwrap();
    let options = ana.post(OPTIONS, json!({})).await.expect(200);
    assert_eq!(options["excludeCredentials"].as_array().unwrap().len(), 1);
    let mut second = Passkey::of(ORIGIN);
    assert_eq!(add(&ana, "Key ring", &mut second).await.expect(201)["codes"], Value::Null);
    ana.with_cookie(&other).get("/api/v1/session").await.expect(200);
    for passkey in [&mut first, &mut second] {
        Browser::challenged(&app, &ana.email).await.sign_in(passkey).await.expect(200);
    }
    // The same key again is no second one.
    add(&ana, "Again", &mut second).await.expect_problem(409, "passkey_exists");
    add(&app.an_administrator().await, "Stolen", &mut second).await.expect_problem(409, "passkey_exists");
}

#[tokio::test]
async fn what_an_enrolment_shows_must_answer_what_was_asked() {
    let (app, clock) = start().await;
    let ana = app.an_administrator().await;
    let check = |passkey: fn(&mut Passkey), expected: &'static str| {
        let (ana, mut made) = (ana.clone(), Passkey::of(ORIGIN));
        passkey(&mut made);
        async move {
            add(&ana, "Laptop", &mut made).await.expect_problem(422, "validation_failed");
            assert_eq!(reason(&ana).await, expected);
        }
    };
    check(|made| made.origin = "http://localhost:8081".to_owned(), "wrong_origin").await;
    check(|made| made.party = "evil.example".to_owned(), "wrong_relying_party").await;
    check(|made| made.is_touched = false, "not_present").await;
    let mut made = Passkey::of(ORIGIN);
    let mut options = ana.post(OPTIONS, json!({})).await.expect(200);
    let good = made.create(&options);
    options["challenge"] = json!("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    let forged = json!({ "name": "Laptop", "passkey": made.create(&options) });
    ana.post(PASSKEYS, forged).await.expect(422);
    assert_eq!(reason(&ana).await, "wrong_challenge");
    // What was asked is used up by the wrong answer.
    ana.post(PASSKEYS, json!({ "name": "Laptop", "passkey": good })).await.expect(422);
    assert_eq!(reason(&ana).await, "challenge_over");
    let options = ana.post(OPTIONS, json!({})).await.expect(200);
    clock.advance(Duration::minutes(5));
    ana.post(PASSKEYS, json!({ "name": "Laptop", "passkey": made.create(&options) })).await.expect(422);
    assert_eq!(reason(&ana).await, "challenge_over");
    assert_eq!(ana.get(FACTOR).await.expect(200)["is_enrolled"], false);
}

#[tokio::test]
async fn what_a_sign_in_shows_must_answer_what_was_asked() {
    let (app, _) = start().await;
    let (ana, mut passkey, _) = enrolled(&app).await;
    let email = ana.email.clone();
    let refused = async |passkey: &mut Passkey, expected: &str| {
        let answer = Browser::challenged(&app, &email).await.sign_in(passkey).await;
        answer.expect_problem(401, "passkey_refused");
        assert_eq!(cookie(&answer, "cibercase"), None);
        assert_eq!(reason(&ana).await, expected);
    };
    passkey.origin = "https://localhost.evil.example".to_owned();
    refused(&mut passkey, "wrong_origin").await;
    passkey.origin = ORIGIN.to_owned();
    passkey.party = "evil.example".to_owned();
    refused(&mut passkey, "wrong_relying_party").await;
    passkey.party = "localhost".to_owned();
    passkey.is_touched = false;
    refused(&mut passkey, "not_present").await;
    passkey.is_touched = true;
    let mut other = Passkey::of(ORIGIN);
    refused(&mut other, "unknown_key").await;
    // Another key under the name of this one.
    other.id = passkey.id.clone();
    refused(&mut other, "wrong_signature").await;
    Browser::challenged(&app, &email).await.sign_in(&mut passkey).await.expect(200);
}

#[tokio::test]
async fn an_answer_is_good_once_and_in_the_browser_that_was_asked() {
    let (app, clock) = start().await;
    let (ana, mut passkey, _) = enrolled(&app).await;
    let (browser, other) =
        (Browser::challenged(&app, &ana.email).await, Browser::challenged(&app, &ana.email).await);
    let shown = passkey.get(&browser.options().await);
    other.options().await;
    other.show(shown.clone()).await.expect_problem(401, "passkey_refused");
    assert_eq!(reason(&ana).await, "wrong_challenge");
    browser.show(shown.clone()).await.expect(200);
    browser.show(shown.clone()).await.expect_problem(401, "challenge_over");
    let again = Browser::challenged(&app, &ana.email).await;
    again.show(shown.clone()).await.expect_problem(401, "passkey_refused");
    assert_eq!(reason(&ana).await, "challenge_over");
    // Nor does what was signed to sign in prove anything later.
    clock.advance(Duration::minutes(16));
    ana.post(PROOF_OPTIONS, json!({})).await.expect(200);
    ana.post(PROOF, json!({ "passkey": shown })).await.expect_problem(422, "validation_failed");
    assert_eq!(reason(&ana).await, "wrong_challenge");
}

#[tokio::test]
async fn a_passkey_of_somebody_else_opens_nothing() {
    let (app, _) = start().await;
    let (ana, mut of_ana, _) = enrolled(&app).await;
    let (eva, mut of_eva, _) = enrolled(&app).await;
    let browser = Browser::challenged(&app, &ana.email).await;
    let options = browser.options().await;
    browser.show(of_eva.get(&options)).await.expect_problem(401, "passkey_refused");
    assert_eq!(reason(&ana).await, "another_person");
    of_eva.user_handle = None;
    browser.sign_in(&mut of_eva).await.expect_problem(401, "passkey_refused");
    assert_eq!(reason(&ana).await, "unknown_key");
    browser.sign_in(&mut of_ana).await.expect(200);
    // Neither to be seen, called otherwise nor taken away.
    let id = ana.get(FACTOR).await.expect(200)["passkeys"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("{PASSKEYS}/{id}");
    eva.patch(&path, 1, json!({ "name": "Mine" })).await.expect_problem(404, "not_found");
    eva.delete(&path).await.expect_problem(404, "not_found");
}

#[tokio::test]
async fn a_counter_that_goes_back_betrays_a_copy() {
    let (app, _) = start().await;
    let (ana, mut passkey, _) = enrolled(&app).await;
    passkey.counter = 7;
    Browser::challenged(&app, &ana.email).await.sign_in(&mut passkey).await.expect(200);
    for counter in [7, 3, 0] {
        passkey.counter = counter;
        let answer = Browser::challenged(&app, &ana.email).await.sign_in(&mut passkey).await;
        answer.expect_problem(401, "passkey_refused");
        assert_eq!(reason(&ana).await, "counter_went_back", "{counter}");
    }
    passkey.counter = 8;
    Browser::challenged(&app, &ana.email).await.sign_in(&mut passkey).await.expect(200);
}

#[tokio::test]
async fn a_key_that_knew_its_person_must_know_them_again() {
    let (app, _) = start().await;
    let (ana, mut passkey, _) = enrolled(&app).await;
    passkey.verifies = false;
    Browser::challenged(&app, &ana.email).await.sign_in(&mut passkey).await.expect(401);
    assert_eq!(reason(&ana).await, "not_verified");
    // One without a PIN has never known anybody: a touch is what it can tell.
    let (eva, mut simple) = (app.an_administrator().await, Passkey::of(ORIGIN));
    simple.verifies = false;
    add(&eva, "Simple", &mut simple).await.expect(201);
    let browser = Browser::challenged(&app, &eva.email).await;
    assert_eq!(browser.options().await["userVerification"], "preferred");
    browser.sign_in(&mut simple).await.expect(200);
}

#[tokio::test]
async fn a_passkey_is_the_fresh_proof_for_dangerous_acts() {
    let (app, clock) = start().await;
    let (ana, mut passkey, added) = enrolled(&app).await;
    clock.advance(Duration::minutes(16));
    let path = format!("{PASSKEYS}/{}", added["passkey"]["id"].as_str().unwrap());
    let problem = ana.delete(&path).await.expect_problem(403, "reauthentication_required");
    assert_eq!(problem["context"], json!({ "proof": "code", "methods": ["passkey"] }));
    ana.post(PROOF, json!({ "password": PASSWORD })).await.expect_problem(422, "validation_failed");
    let options = ana.post(PROOF_OPTIONS, json!({})).await.expect(200);
    passkey.origin = "http://evil.example".to_owned();
    let wrong = ana.post(PROOF, json!({ "passkey": passkey.get(&options) })).await;
    wrong.expect_problem(422, "validation_failed");
    assert_eq!(reason(&ana).await, "wrong_origin");
    passkey.origin = ORIGIN.to_owned();
    let options = ana.post(PROOF_OPTIONS, json!({})).await.expect(200);
    let shown = passkey.get(&options);
    ana.post(PROOF, json!({ "passkey": shown.clone() })).await.expect(204);
    let proven = &ana.get("/api/v1/audit?action=session.proven").await.items()[0];
    assert_eq!(proven["detail"]["proof"], "passkey");
    // A proof is good once.
    ana.post(PROOF, json!({ "passkey": shown })).await.expect_problem(422, "validation_failed");
    ana.delete(&path).await.expect(204);
}

#[tokio::test]
async fn with_the_last_second_factor_the_recovery_codes_go_too() {
    let (app, clock) = start().await;
    let (ana, _, added) = enrolled(&app).await;
    clock.advance(Duration::seconds(30));
    let proposal = ana.post(TOTP, json!({})).await.expect(200);
    let authenticator = Authenticator::of(proposal["secret"].as_str().unwrap());
    let code = json!({ "code": authenticator.code_at(app.clock.now()) });
    ana.post(&format!("{TOTP}/confirm"), code).await.expect(200);
    let asked = app.nobody().sign_in(&ana.email, PASSWORD).await.expect(202);
    assert_eq!(asked["methods"], json!(["passkey", "totp"]));
    let path = format!("{PASSKEYS}/{}", added["passkey"]["id"].as_str().unwrap());
    assert_eq!(ana.patch(&path, 1, json!({ "name": " Old key " })).await.expect(200)["name"], "Old key");
    ana.patch(&path, 1, json!({ "name": " " })).await.expect_problem(422, "validation_failed");
    ana.delete(&path).await.expect(204);
    let left = ana.get(FACTOR).await.expect(200);
    assert_eq!((&left["is_enrolled"], &left["recovery_codes_left"]), (&json!(true), &json!(10)));
    ana.delete(TOTP).await.expect(204);
    let left = ana.get(FACTOR).await.expect(200);
    assert_eq!((&left["is_enrolled"], &left["recovery_codes_left"]), (&json!(false), &json!(0)));
    ana.delete(TOTP).await.expect_problem(409, "second_factor_not_begun");
    app.nobody().sign_in(&ana.email, PASSWORD).await.expect(200);
    let actions = app.audit_actions().await;
    for action in ["user.passkey_added", "user.passkey_renamed", "user.passkey_removed"] {
        assert!(actions.contains(&action.to_owned()), "{action}");
    }
}

#[tokio::test]
async fn a_recovery_code_stands_in_for_a_lost_passkey() {
    let (app, _) = start().await;
    let (ana, _, added) = enrolled(&app).await;
    let browser = Browser::challenged(&app, &ana.email).await;
    browser.post(CHALLENGE, json!({})).await.expect_problem(422, "validation_failed");
    browser.post(CHALLENGE, json!({ "code": added["codes"][0] })).await.expect(200);
}

#[tokio::test]
async fn a_passkey_is_enough_where_a_role_asks_for_a_second_factor() {
    let admin = "    permissions: [\"*\"]\n";
    let policies = identity::SHIPPED_POLICIES
        .replace(admin, &format!("{admin}    restrictions:\n      requires_mfa: true\n"));
    let app = TestApp::start_with(vec![], Setup { policies, ..setup() }).await;
    let ana = app.an_administrator().await;
    ana.get("/api/v1/users").await.expect_problem(403, "second_factor_required");
    add(&ana, "Laptop", &mut Passkey::of(ORIGIN)).await.expect(201);
    ana.get("/api/v1/users").await.expect(200);
}

#[tokio::test]
async fn an_administrator_takes_passkeys_away_too() {
    let (app, _) = start().await;
    let (ana, _, _) = enrolled(&app).await;
    let admin = app.an_administrator().await;
    admin.delete(&format!("/api/v1/users/{}/second-factor", ana.user_id)).await.expect(204);
    ana.get("/api/v1/session").await.expect(401);
    app.nobody().sign_in(&ana.email, PASSWORD).await.expect(200);
    identity::reset_second_factor(&app, &ana.email).await.unwrap_err();
}

#[tokio::test]
async fn a_key_written_into_the_database_opens_nothing() {
    let (app, _) = start().await;
    let (ana, _, _) = enrolled(&app).await;
    let (eva, mut of_eva, _) = enrolled(&app).await;
    let mut database = app.superuser().await;
    sqlx::query!(
        "update passkeys set user_id = $1 where user_id = $2",
        ana.user_id.uuid(),
        eva.user_id.uuid()
    )
    .execute(&mut database)
    .await
    .unwrap();
    of_eva.user_handle = None;
    let answer = Browser::challenged(&app, &ana.email).await.sign_in(&mut of_eva).await;
    answer.expect_problem(500, "internal");
}

#[tokio::test]
async fn without_a_name_and_tls_there_are_no_passkeys() {
    for public_url in ["", "http://soc.example.org"] {
        let mut setup = setup();
        setup.config.public_url = public_url.to_owned();
        let app = TestApp::start_with(vec![], setup).await;
        let ana = app.an_administrator().await;
        let problem = ana.post(OPTIONS, json!({})).await.expect_problem(409, "passkeys_unavailable");
        assert!(problem["detail"].as_str().unwrap().contains("public_url"));
        assert_eq!(ana.get(FACTOR).await.expect(200)["can_add_passkeys"], false);
    }
}

#[tokio::test]
async fn challenges_that_are_over_are_removed() {
    let (app, clock) = start().await;
    let ana = app.an_administrator().await;
    ana.post(OPTIONS, json!({})).await.expect(200);
    clock.advance(Duration::minutes(6));
    app.run_job("identity.sessions").await;
    let left = sqlx::query_scalar!("select count(*) from passkey_challenges");
    assert_eq!(left.fetch_one(app.db.pool()).await.unwrap(), Some(0));
}
