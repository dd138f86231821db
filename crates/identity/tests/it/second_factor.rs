//! Second factors: setting one up, signing in with it, recovery, and roles that ask for one.

use platform::clock::Clock;
use testkit::{Actor, Answer, Authenticator, PASSWORD, Setup, TestApp, Value, json};
use time::{Duration, OffsetDateTime};

const SESSION: &str = "/api/v1/session";
const CHALLENGE: &str = "/api/v1/session/challenge";
const FACTOR: &str = "/api/v1/session/second-factor";
const TOTP: &str = "/api/v1/session/second-factor/totp";
const CONFIRM: &str = "/api/v1/session/second-factor/totp/confirm";
const CODES: &str = "/api/v1/session/second-factor/recovery-codes";
const TOKEN: &str = "/api/v1/auth/token";

fn clock() -> Clock {
    Clock::manual(OffsetDateTime::from_unix_timestamp(1_790_000_000).unwrap())
}

/// The value of a cookie that an answer sets.
fn cookie(answer: &Answer, name: &str) -> Option<String> {
    answer.headers.get_all("set-cookie").iter().find_map(|value| {
        let (key, value) = value.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
        (key == name && !value.is_empty()).then(|| value.to_owned())
    })
}

/// Sets a second factor up and gives the app with the recovery codes. The code used is over afterwards.
async fn enrol(app: &TestApp, person: &Actor) -> (Authenticator, Vec<String>) {
    let proposal = person.post(TOTP, json!({})).await.expect(200);
    let authenticator = Authenticator::of(proposal["secret"].as_str().unwrap());
    let code = authenticator.code_at(app.clock.now());
    let answer = person.post(CONFIRM, json!({ "code": code })).await.expect(200);
    let codes = answer["codes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap().to_owned());
    (authenticator, codes.collect())
}

/// Proves the password and gives the browser that is asked for a code.
async fn challenged(app: &TestApp, email: &str) -> Browser {
    let answer = app.nobody().sign_in(email, PASSWORD).await;
    answer.expect(202);
    assert_eq!(cookie(&answer, "cibercase"), None);
    Browser(app.nobody(), cookie(&answer, "cibercase-challenge").expect("a challenge is set"))
}

struct Browser(Actor, String);

impl Browser {
    async fn answer(&self, code: &str) -> Answer {
        let request = self.0.request(axum::http::Method::POST, CHALLENGE);
        let request = request.header("cookie", format!("cibercase-challenge={}", self.1));
        let request = request.header("content-type", "application/json");
        let body = json!({ "code": code }).to_string();
        self.0.send(request.body(axum::body::Body::from(body)).unwrap()).await
    }
}

#[tokio::test]
async fn whoever_has_a_second_factor_signs_in_in_two_steps() {
    let clock = clock();
    let app = TestApp::with_clock(vec![], clock.clone()).await;
    let ana = app.an_administrator().await;
    let (authenticator, _) = enrol(&app, &ana).await;
    clock.advance(Duration::seconds(30));
    let browser = challenged(&app, &ana.email).await;
    let answer = browser.answer(&authenticator.code_at(app.clock.now())).await;
    assert_eq!(answer.expect(200)["user"]["email"], ana.email);
    let signed_in = ana.with_cookie(&cookie(&answer, "cibercase").unwrap());
    signed_in.get("/api/v1/users").await.expect(200);
    let opened = &ana.get("/api/v1/audit?action=session.opened").await.items()[0];
    assert_eq!(opened["detail"], json!({ "kind": "browser", "second_factor": "totp" }));
    assert!(app.audit_actions().await.contains(&"session.challenged".to_owned()));
}

#[tokio::test]
async fn setting_one_up_ends_the_other_sessions_and_is_told() {
    let app = TestApp::start(vec![]).await;
    let ana = app.an_administrator().await;
    let other = cookie(&app.nobody().sign_in(&ana.email, PASSWORD).await, "cibercase").unwrap();
    let before = ana.get(FACTOR).await.expect(200);
    assert_eq!((&before["is_enrolled"], &before["is_required"]), (&json!(false), &json!(false)));
    let (_, codes) = enrol(&app, &ana).await;
    assert_eq!(codes.len(), 10);
    ana.with_cookie(&other).get(SESSION).await.expect(401);
    let after = ana.get(FACTOR).await.expect(200);
    assert_eq!((&after["is_enrolled"], &after["recovery_codes_left"]), (&json!(true), &json!(10)));
    ana.post(TOTP, json!({})).await.expect_problem(409, "second_factor_exists");
    assert!(app.audit_actions().await.contains(&"user.second_factor_enrolled".to_owned()));
}

#[tokio::test]
async fn a_secret_counts_only_once_a_code_has_confirmed_it() {
    let clock = clock();
    let app = TestApp::with_clock(vec![], clock.clone()).await;
    let ana = app.an_administrator().await;
    ana.post(CONFIRM, json!({ "code": "123456" })).await.expect_problem(409, "second_factor_not_begun");
    let first = ana.post(TOTP, json!({})).await.expect(200);
    assert!(first["uri"].as_str().unwrap().contains(first["secret"].as_str().unwrap()));
    assert!(first["qr"]["size"].as_i64().unwrap() > 20);
    let second = ana.post(TOTP, json!({})).await.expect(200);
    let code = |proposal: &Value, app: &TestApp| {
        Authenticator::of(proposal["secret"].as_str().unwrap()).code_at(app.clock.now())
    };
    // Asked again, the first secret is void.
    let void = ana.post(CONFIRM, json!({ "code": code(&first, &app) })).await;
    void.expect_problem(422, "validation_failed");
    app.nobody().sign_in(&ana.email, PASSWORD).await.expect(200);
    clock.advance(Duration::minutes(14));
    ana.post(CONFIRM, json!({ "code": code(&second, &app) })).await.expect(200);
    app.nobody().sign_in(&ana.email, PASSWORD).await.expect(202);
}

#[tokio::test]
async fn a_secret_is_sealed_in_the_database() {
    let app = TestApp::start(vec![]).await;
    let (ana, eva) = (app.an_administrator().await, app.an_administrator().await);
    enrol(&app, &ana).await;
    let proposal = eva.post(TOTP, json!({})).await.expect(200);
    let authenticator = Authenticator::of(proposal["secret"].as_str().unwrap());
    let mut database = app.superuser().await;
    // Whoever writes their own sealed secret into another's row gets nothing that opens.
    sqlx::query!(
        "update totp_factors set sealed_secret = (select sealed_secret from totp_factors where user_id = $1)
         where user_id = $2",
        eva.user_id.uuid(),
        ana.user_id.uuid()
    )
    .execute(&mut database)
    .await
    .unwrap();
    let browser = challenged(&app, &ana.email).await;
    browser.answer(&authenticator.code_at(app.clock.now())).await.expect_problem(500, "internal");
}

#[tokio::test]
async fn a_recovery_code_is_good_once_and_renewing_voids_the_rest() {
    let app = TestApp::start(vec![]).await;
    let ana = app.an_administrator().await;
    let (_, codes) = enrol(&app, &ana).await;
    let lower = codes[0].to_lowercase().replace('-', " ");
    challenged(&app, &ana.email).await.answer(&lower).await.expect(200);
    challenged(&app, &ana.email).await.answer(&codes[0]).await.expect_problem(401, "second_factor_wrong");
    assert_eq!(ana.get(FACTOR).await.expect(200)["recovery_codes_left"], 9);
    let opened = &ana.get("/api/v1/audit?action=session.opened").await.items()[0];
    assert_eq!(opened["detail"]["second_factor"], "recovery_code");
    let renewed = ana.post(CODES, json!({})).await.expect(200);
    challenged(&app, &ana.email).await.answer(&codes[1]).await.expect(401);
    challenged(&app, &ana.email).await.answer(renewed["codes"][0].as_str().unwrap()).await.expect(200);
}

#[tokio::test]
async fn taken_away_it_is_asked_for_no_more() {
    let app = TestApp::start(vec![]).await;
    let ana = app.an_administrator().await;
    ana.delete(FACTOR).await.expect_problem(409, "second_factor_not_begun");
    ana.post(CODES, json!({})).await.expect_problem(409, "second_factor_not_begun");
    let (_, codes) = enrol(&app, &ana).await;
    let browser = challenged(&app, &ana.email).await;
    ana.delete(FACTOR).await.expect(204);
    browser.answer(&codes[0]).await.expect_problem(401, "challenge_over");
    app.nobody().sign_in(&ana.email, PASSWORD).await.expect(200);
    assert!(app.audit_actions().await.contains(&"user.second_factor_removed".to_owned()));
}

#[tokio::test]
async fn a_challenge_ends_with_its_time_and_with_the_password() {
    let clock = clock();
    let app = TestApp::with_clock(vec![], clock.clone()).await;
    let (admin, ana) = (app.an_administrator().await, app.an_administrator().await);
    let (authenticator, codes) = enrol(&app, &ana).await;
    let browser = challenged(&app, &ana.email).await;
    clock.advance(Duration::minutes(5));
    let late = browser.answer(&authenticator.code_at(app.clock.now())).await;
    late.expect_problem(401, "challenge_over");
    let browser = challenged(&app, &ana.email).await;
    admin.post(&format!("/api/v1/users/{}/reset-password", ana.user_id), json!({})).await.expect(200);
    browser.answer(&codes[0]).await.expect_problem(401, "challenge_over");
    app.run_job("identity.sessions").await;
    clock.advance(Duration::minutes(6));
    app.run_job("identity.sessions").await;
    let left = sqlx::query_scalar!("select count(*) from sign_in_challenges");
    assert_eq!(left.fetch_one(app.db.pool()).await.unwrap(), Some(0));
}

#[tokio::test]
async fn a_program_brings_the_code_with_the_password() {
    let clock = clock();
    let app = TestApp::with_clock(vec![], clock.clone()).await;
    let ana = app.an_administrator().await;
    let (authenticator, _) = enrol(&app, &ana).await;
    clock.advance(Duration::seconds(30));
    let form = [("grant_type", "password"), ("username", ana.email.as_str()), ("password", PASSWORD)];
    let nobody = app.nobody();
    assert_eq!(nobody.post_form(TOKEN, &form).await.expect(400)["error"], "mfa_required");
    let with = |code: String| {
        let nobody = app.nobody();
        async move { nobody.post_form(TOKEN, &[&form[..], &[("otp", code.as_str())]].concat()).await }
    };
    assert_eq!(with("000000".to_owned()).await.expect(400)["error"], "invalid_grant");
    let code = authenticator.code_at(app.clock.now());
    let token = with(code.clone()).await.expect(200);
    let program = ana.with_bearer(token["access_token"].as_str().unwrap());
    program.get("/api/v1/users").await.expect(200);
    assert_eq!(with(code).await.expect(400)["error"], "invalid_grant");
}

/// The shipped roles, of which an administrator's asks for a second factor.
fn strict() -> Setup {
    let admin = "    permissions: [\"*\"]\n";
    let policies = identity::SHIPPED_POLICIES
        .replace(admin, &format!("{admin}    restrictions:\n      requires_mfa: true\n"));
    assert_ne!(policies, identity::SHIPPED_POLICIES);
    Setup { policies, clock: clock(), ..Setup::default() }
}

#[tokio::test]
async fn whose_role_asks_for_one_can_do_nothing_before() {
    let app = TestApp::start_with(vec![], strict()).await;
    let acme = app.organization("Acme").await;
    let ana = app.an_administrator().await;
    let me = ana.get(SESSION).await.expect(200);
    assert_eq!((&me["must_show_second_factor"], &me["permissions"]), (&json!(true), &json!({})));
    for path in ["/api/v1/users", "/api/v1/audit", "/api/v1/session/list", "/api/v1/organizations"] {
        ana.get(path).await.expect_problem(403, "second_factor_required");
    }
    ana.post("/api/v1/live/tickets", json!({})).await.expect_problem(403, "second_factor_required");
    ana.patch("/api/v1/session/preferences", 1, json!({}))
        .await
        .expect_problem(403, "second_factor_required");
    let form = [("grant_type", "password"), ("username", ana.email.as_str()), ("password", PASSWORD)];
    assert_eq!(app.nobody().post_form(TOKEN, &form).await.expect(400)["error"], "invalid_grant");
    assert_eq!(ana.get(FACTOR).await.expect(200)["is_required"], true);
    enrol(&app, &ana).await;
    assert_eq!(ana.get(SESSION).await.expect(200)["must_show_second_factor"], false);
    ana.get("/api/v1/users").await.expect(200);
    // Taken away again, they are where they were.
    ana.delete(FACTOR).await.expect(204);
    ana.get("/api/v1/users").await.expect_problem(403, "second_factor_required");
    app.an_auditor_of(&acme).await.get("/api/v1/audit").await.expect(200);
}

#[tokio::test]
async fn whose_role_asks_for_one_changes_a_first_password_before() {
    let app = TestApp::start_with(vec![], strict()).await;
    let admin = app.an_administrator().await;
    enrol(&app, &admin).await;
    let new = json!({ "email": "eva@example.org", "display_name": "Eva",
        "memberships": [{ "organization_id": null, "role": "admin" }] });
    let created = admin.post("/api/v1/users", new).await.expect(201);
    let initial = created["initial_password"].as_str().unwrap();
    let answer = app.nobody().sign_in("eva@example.org", initial).await;
    answer.expect(200);
    let eva = app.nobody().with_cookie(&cookie(&answer, "cibercase").unwrap());
    eva.post(TOTP, json!({})).await.expect_problem(403, "password_change_required");
    let change = json!({ "current_password": initial, "new_password": "correct horse battery staple" });
    eva.post("/api/v1/session/password", change).await.expect(204);
    eva.get("/api/v1/users").await.expect_problem(403, "second_factor_required");
    enrol(&app, &eva).await;
    eva.get("/api/v1/users").await.expect(200);
}

#[tokio::test]
async fn an_administrator_helps_who_lost_the_telephone() {
    let app = TestApp::start(vec![]).await;
    let acme = app.organization("Acme").await;
    let (admin, ana) = (app.an_administrator().await, app.an_analyst_of(&acme).await);
    let path = format!("/api/v1/users/{}/second-factor", ana.user_id);
    admin.delete(&path).await.expect_problem(409, "second_factor_not_begun");
    enrol(&app, &ana).await;
    let listed = |users: Vec<Value>| {
        users.into_iter().find(|user| user["email"] == ana.email.as_str()).unwrap()["has_second_factor"]
            .clone()
    };
    assert_eq!(listed(admin.get("/api/v1/users").await.items()), true);
    app.a_soc_manager_of(&acme).await.delete(&path).await.expect_problem(403, "forbidden");
    admin.delete(&path).await.expect(204);
    ana.get(SESSION).await.expect(401);
    app.nobody().sign_in(&ana.email, PASSWORD).await.expect(200);
    assert_eq!(listed(admin.get("/api/v1/users").await.items()), false);
    let own = format!("/api/v1/users/{}/second-factor", admin.user_id);
    admin.delete(&own).await.expect_problem(409, "own_account");
    let records = admin.get("/api/v1/audit?action=user.second_factor_reset").await.items();
    assert_eq!(records[0]["object"]["reference"], ana.email);
}

#[tokio::test]
async fn the_command_line_helps_the_only_administrator() {
    let app = TestApp::start(vec![]).await;
    let ana = app.an_administrator().await;
    assert!(identity::reset_second_factor(&app, &ana.email).await.is_err());
    enrol(&app, &ana).await;
    identity::reset_second_factor(&app, &ana.email).await.unwrap();
    ana.get(SESSION).await.expect(401);
    app.nobody().sign_in(&ana.email, PASSWORD).await.expect(200);
}

#[tokio::test]
async fn administrators_see_and_end_the_sessions_of_others() {
    let app = TestApp::start(vec![]).await;
    let (acme, other) = (app.organization("Acme").await, app.organization("Other").await);
    let (admin, ana) = (app.an_administrator().await, app.an_analyst_of(&acme).await);
    let path = format!("/api/v1/users/{}/sessions", ana.user_id);
    let items = admin.get(&path).await.items();
    assert_eq!((items.len(), &items[0]["id"]), (1, &json!(ana.session_id)));
    let elsewhere = app.someone(&[(Some(&other), "admin")]).await;
    elsewhere.get(&path).await.expect_problem(404, "not_found");
    let one = format!("{path}/{}", ana.session_id);
    elsewhere.delete(&one).await.expect_problem(404, "not_found");
    app.a_soc_manager_of(&acme).await.delete(&one).await.expect_problem(403, "forbidden");
    // A session is found under its own person only.
    let wrong = format!("/api/v1/users/{}/sessions/{}", admin.user_id, ana.session_id);
    admin.delete(&wrong).await.expect_problem(404, "not_found");
    admin.delete(&one).await.expect(204);
    ana.get(SESSION).await.expect(401);
    admin.delete(&one).await.expect(404);
    assert!(app.audit_actions().await.contains(&"user.session_ended".to_owned()));
}
