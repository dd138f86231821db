//! Signing in by the directory (LDAP), as slapd answers: who comes in, with which roles, and who does not.

use std::time::{Duration, Instant};

use testkit::slapd::{group, person};
use testkit::{Actor, Authenticator, PASSWORD, Setup, Slapd, TestApp, Value, json};

/// A refusal takes as long, whether or not the password is the directory's.
const REFUSAL: Duration = Duration::from_millis(700);
const SECRET: &str = "the directory knows this password";

fn people() -> Slapd {
    let people = [
        person("lucia", "lucia@example.org", SECRET),
        person("mario", "mario@example.org", SECRET),
        person("twin", "twins@example.org", SECRET),
        person("other", "twins@example.org", SECRET),
        group("soc", &["lucia", "twin", "other"]),
    ];
    Slapd::start(&people.concat())
}

async fn start_with(slapd: &Slapd, change: impl FnOnce(&mut platform::config::DirectoryConfig)) -> TestApp {
    let mut setup = Setup { secrets: vec![Slapd::secret()], ..Setup::default() };
    let mut directory = slapd.settings("acme", "analyst");
    change(&mut directory);
    setup.config.sign_in.directory = directory;
    let app = TestApp::start_with(vec![], setup).await;
    app.organization("Acme").await;
    app
}

async fn start() -> (TestApp, Slapd) {
    let slapd = people();
    (start_with(&slapd, |_| {}).await, slapd)
}

async fn enter(app: &TestApp, email: &str, password: &str) -> testkit::Answer {
    app.nobody().sign_in(email, password).await
}

#[tokio::test]
async fn somebody_of_the_directory_signs_in_with_the_role_of_their_group() {
    let (app, _slapd) = start().await;
    let me = enter(&app, "Lucia@Example.org", SECRET).await.expect(200);
    assert_eq!(me["user"]["display_name"], "The lucia");
    assert_eq!(
        (&me["roles"][0]["role"], &me["organizations"][0]["slug"]),
        (&json!("analyst"), &json!("acme"))
    );
    assert_eq!(enter(&app, "lucia@example.org", SECRET).await.expect(200)["user"]["id"], me["user"]["id"]);
    assert_eq!(app.audit_actions().await.iter().filter(|action| *action == "user.created").count(), 1);
}

#[tokio::test]
async fn whoever_proves_nothing_is_answered_like_a_wrong_password() {
    let (app, _slapd) = start().await;
    let acme = app.organization("Beta").await;
    let local = app.an_analyst_of(&acme).await;
    for (email, password) in [
        ("lucia@example.org", "another password of somebody"),
        // Without a password the directory would say yes.
        ("lucia@example.org", ""),
        ("nobody@example.org", SECRET),
        // In no group of ours.
        ("mario@example.org", SECRET),
        // Two entries are none.
        ("twins@example.org", SECRET),
        (&local.email, SECRET),
        // What a filter would read as more than a name.
        ("*", SECRET),
        ("luc*@example.org", SECRET),
        ("*)(uid=lucia", SECRET),
        ("lucia@example.org)(|(uid=*", SECRET),
        ("lucia@example.org\\2a", SECRET),
        ("*)(mail=lucia@example.org", SECRET),
    ] {
        let began = Instant::now();
        enter(&app, email, password).await.expect_problem(401, "invalid_credentials");
        assert!(began.elapsed() >= REFUSAL, "{email} is told whether the password was right");
    }
    assert!(!app.audit_actions().await.contains(&"user.created".to_owned()));
    enter(&app, &local.email, PASSWORD).await.expect(200);
}

#[tokio::test]
async fn an_account_of_ours_is_not_the_directorys_to_open() {
    let (app, slapd) = start().await;
    let acme = app.organization("Beta").await;
    let local = app.an_analyst_of(&acme).await;
    // The directory has somebody with the same address, whose password is another.
    slapd.modify(&format!(
        "dn: uid=lucia,ou=people,dc=example,dc=org\nchangetype: modify\nreplace: mail\nmail: {}\n",
        local.email
    ));
    enter(&app, &local.email, SECRET).await.expect_problem(401, "invalid_credentials");
    enter(&app, &local.email, PASSWORD).await.expect(200);
}

#[tokio::test]
async fn what_somebody_may_do_follows_their_groups_at_the_next_sign_in() {
    let (app, slapd) = start().await;
    let opened = enter(&app, "lucia@example.org", SECRET).await;
    opened.expect(200);
    slapd.modify(
        "dn: cn=soc,ou=groups,dc=example,dc=org\nchangetype: modify\ndelete: member\n\
         member: uid=lucia,ou=people,dc=example,dc=org\n",
    );
    enter(&app, "lucia@example.org", SECRET).await.expect_problem(401, "invalid_credentials");
    let lucia = app.nobody().with_cookie(&cookie(&opened));
    assert_eq!(lucia.get("/api/v1/session").await.expect(200)["roles"], json!([]), "in open sessions too");
}

#[tokio::test]
async fn an_address_that_the_directory_gives_to_somebody_else_opens_nothing() {
    let (app, slapd) = start().await;
    enter(&app, "lucia@example.org", SECRET).await.expect(200);
    slapd.modify("dn: uid=lucia,ou=people,dc=example,dc=org\nchangetype: delete\n");
    slapd.modify(&format!(
        "dn: uid=lucia,ou=people,dc=example,dc=org\nchangetype: add\n{}",
        person("lucia", "lucia@example.org", SECRET).split_once('\n').unwrap().1
    ));
    enter(&app, "lucia@example.org", SECRET).await.expect_problem(401, "invalid_credentials");
}

#[tokio::test]
async fn a_disabled_person_of_the_directory_stays_out() {
    let (app, _slapd) = start().await;
    enter(&app, "lucia@example.org", SECRET).await.expect(200);
    let mut database = app.superuser().await;
    sqlx::query!("update users set is_active = false where email = 'lucia@example.org'")
        .execute(&mut database)
        .await
        .unwrap();
    enter(&app, "lucia@example.org", SECRET).await.expect_problem(401, "invalid_credentials");
}

#[tokio::test]
async fn the_directorys_password_proves_that_it_is_them_and_is_not_changed_here() {
    let (app, _slapd) = start().await;
    let lucia = signed_in(&app).await;
    let proof = "/api/v1/session/proof";
    lucia.post(proof, json!({ "password": SECRET })).await.expect(204);
    lucia.post(proof, json!({ "password": "another password" })).await.expect(422);
    let change = json!({ "current_password": SECRET, "new_password": PASSWORD });
    lucia.post("/api/v1/session/password", change).await.expect_problem(409, "password_elsewhere");
    let links = lucia.get("/api/v1/session/links").await.expect(200);
    assert_eq!(links, json!({ "source": "directory", "items": [] }));
}

#[tokio::test]
async fn the_record_of_a_session_names_the_directory_when_a_code_was_wanted_too() {
    let (app, _slapd) = start().await;
    let lucia = signed_in(&app).await;
    let proposal = lucia.post("/api/v1/session/second-factor/totp", json!({})).await.expect(200);
    let code = Authenticator::of(proposal["secret"].as_str().unwrap()).code_at(app.clock.now());
    let confirmed = lucia.post("/api/v1/session/second-factor/totp/confirm", json!({ "code": code })).await;
    let recovery = json!({ "code": confirmed.expect(200)["codes"][0] });
    let challenged = enter(&app, "lucia@example.org", SECRET).await;
    challenged.expect(202);
    let request = app.nobody().request(axum::http::Method::POST, "/api/v1/session/challenge");
    let request = request.header("cookie", format!("cibercase-challenge={}", cookie(&challenged)));
    let request = request.header("content-type", "application/json");
    let request = request.body(axum::body::Body::from(recovery.to_string())).unwrap();
    app.nobody().send(request).await.expect(200);
    let auditor = app.an_administrator().await;
    let opened = &auditor.get("/api/v1/audit?action=session.opened").await.items()[0];
    assert_eq!(
        (&opened["detail"]["provider"], &opened["detail"]["second_factor"]),
        (&json!("directory"), &json!("recovery_code"))
    );
}

#[tokio::test]
async fn passwords_go_over_tls_that_is_verified() {
    let slapd = people();
    // StartTLS on the plain port.
    let app = start_with(&slapd, |settings| {
        (settings.url, settings.starttls) = (slapd.plain_url(), true);
    })
    .await;
    enter(&app, "lucia@example.org", SECRET).await.expect(200);
    // An authority that did not sign its certificate.
    let stranger = tempfile::tempdir().unwrap();
    testkit::certificates(stranger.path(), &["127.0.0.1"]);
    for starttls in [false, true] {
        let app = start_with(&slapd, |settings| {
            settings.ca_file = stranger.path().join("ca.pem");
            if starttls {
                (settings.url, settings.starttls) = (slapd.plain_url(), true);
            }
        })
        .await;
        enter(&app, "lucia@example.org", SECRET).await.expect_problem(503, "directory_unreachable");
    }
    // In the clear only where that is said, and no further than this machine.
    let app = start_with(&slapd, |settings| {
        (settings.url, settings.allow_plain) = (slapd.plain_url(), true);
    })
    .await;
    enter(&app, "lucia@example.org", SECRET).await.expect(200);
}

#[tokio::test]
async fn without_the_directory_accounts_of_ours_come_in() {
    let (app, slapd) = start().await;
    let acme = app.organization("Beta").await;
    let local = app.an_analyst_of(&acme).await;
    drop(slapd);
    enter(&app, &local.email, PASSWORD).await.expect(200);
    enter(&app, &local.email, "another password of somebody")
        .await
        .expect_problem(503, "directory_unreachable");
    enter(&app, "nobody@example.org", SECRET).await.expect_problem(503, "directory_unreachable");
}

async fn signed_in(app: &TestApp) -> Actor {
    let opened = enter(app, "lucia@example.org", SECRET).await;
    let _: Value = opened.expect(200);
    app.nobody().with_cookie(&cookie(&opened))
}

fn cookie(answer: &testkit::Answer) -> String {
    let line = answer.headers["set-cookie"].to_str().unwrap();
    line.split(';').next().unwrap().split_once('=').unwrap().1.to_owned()
}
