//! One's own password.

use testkit::{PASSWORD, TestApp, json};

const PATH: &str = "/api/v1/session/password";
const BETTER: &str = "correct horse battery staple";

#[tokio::test]
async fn a_new_password_replaces_the_old_and_ends_the_other_sessions() {
    let app = TestApp::start(vec![]).await;
    let ana = app.an_administrator().await;
    let answer = app.nobody().sign_in(&ana.email, PASSWORD).await;
    let cookie = answer.header("set-cookie").unwrap().split(['=', ';']).nth(1).unwrap().to_owned();
    let other = ana.with_cookie(&cookie);
    other.get("/api/v1/session").await.expect(200);
    let change = json!({ "current_password": PASSWORD, "new_password": BETTER });
    ana.post(PATH, change).await.expect(204);
    ana.get("/api/v1/session").await.expect(200);
    other.get("/api/v1/session").await.expect(401);
    app.nobody().sign_in(&ana.email, PASSWORD).await.expect(401);
    app.nobody().sign_in(&ana.email, BETTER).await.expect(200);
    assert!(app.audit_actions().await.contains(&"user.password_changed".to_owned()));
}

#[tokio::test]
async fn a_wrong_current_password_leaves_a_trace() {
    let app = TestApp::start(vec![]).await;
    let ana = app.an_administrator().await;
    let change = json!({ "current_password": "not my password", "new_password": BETTER });
    ana.post(PATH, change).await.expect_problem(422, "validation_failed");
    let records = ana.get("/api/v1/audit?action=session.refused").await.items();
    assert_eq!(records[0]["detail"]["purpose"], "password_change");
}

#[tokio::test]
async fn a_poor_password_is_refused_with_its_reason() {
    let app = TestApp::start(vec![]).await;
    let ana = app.an_administrator().await;
    for (new, code) in [
        ("8 chars.", "password_too_short"),
        ("fourteen chars", "password_too_short"),
        ("aaaaaaaaaaaaaaaaaaaa", "password_guessable"),
        (PASSWORD, "password_unchanged"),
        (&"long".repeat(300), "password_too_long"),
    ] {
        let answer = ana.post(PATH, json!({ "current_password": PASSWORD, "new_password": new })).await;
        let problem = answer.expect_problem(422, "validation_failed");
        assert_eq!(problem["errors"][0]["path"], "new_password");
        assert!(problem["errors"][0]["message"].as_str().unwrap().starts_with(code), "{problem}");
    }
    let wrong = json!({ "current_password": "not mine", "new_password": BETTER });
    let problem = ana.post(PATH, wrong).await.expect_problem(422, "validation_failed");
    assert_eq!(problem["errors"][0]["path"], "current_password");
}

#[tokio::test]
async fn whoever_must_change_their_password_can_do_nothing_else() {
    let app = TestApp::start(vec![]).await;
    let admin = app.an_administrator().await;
    let new = json!({ "email": "ana@example.org", "display_name": "Ana",
        "memberships": [{ "organization_id": null, "role": "admin" }] });
    let created = admin.post("/api/v1/users", new).await.expect(201);
    let initial = created["initial_password"].as_str().unwrap();
    let answer = app.nobody().sign_in("ana@example.org", initial).await;
    assert_eq!(answer.expect(200)["must_change_password"], true);
    let cookie = answer.header("set-cookie").unwrap().split(['=', ';']).nth(1).unwrap().to_owned();
    let ana = app.nobody().with_cookie(&cookie);
    assert_eq!(ana.get("/api/v1/session").await.expect(200)["must_change_password"], true);
    for path in
        ["/api/v1/users", "/api/v1/audit", "/api/v1/roles", "/api/v1/session/list", "/api/v1/organizations"]
    {
        ana.get(path).await.expect_problem(403, "password_change_required");
    }
    ana.post("/api/v1/live/tickets", json!({})).await.expect_problem(403, "password_change_required");
    ana.patch("/api/v1/session/preferences", 1, json!({}))
        .await
        .expect_problem(403, "password_change_required");
    let form = [("grant_type", "password"), ("username", "ana@example.org"), ("password", initial)];
    let refused = app.nobody().post_form("/api/v1/auth/token", &form).await.expect(400);
    assert_eq!(refused["error"], "invalid_grant");
    ana.post(PATH, json!({ "current_password": initial, "new_password": BETTER })).await.expect(204);
    ana.get("/api/v1/users").await.expect(200);
}

#[tokio::test]
async fn a_password_kept_under_an_old_hash_is_kept_better_after_a_sign_in() {
    let app = TestApp::start(vec![]).await;
    let ana = app.an_administrator().await;
    let hash = async || {
        let hash = sqlx::query_scalar!("select password_hash from users where id = $1", ana.user_id.uuid());
        hash.fetch_one(app.db.pool()).await.unwrap()
    };
    assert!(!hash().await.contains("m=19456,t=2,p=1"));
    app.nobody().sign_in(&ana.email, PASSWORD).await.expect(200);
    assert!(hash().await.contains("m=19456,t=2,p=1"));
    app.nobody().sign_in(&ana.email, PASSWORD).await.expect(200);
}

#[tokio::test]
async fn guessing_the_current_password_in_a_stolen_session_is_slowed_down() {
    let app = TestApp::start(vec![]).await;
    let ana = app.an_administrator().await;
    for _ in 0..6 {
        let wrong = json!({ "current_password": "wrong", "new_password": BETTER });
        ana.post(PATH, wrong).await.expect(422);
    }
    let right = json!({ "current_password": PASSWORD, "new_password": BETTER });
    ana.post(PATH, right).await.expect_problem(429, "too_many_attempts");
}

#[tokio::test]
async fn of_a_change_and_many_sign_ins_at_once_no_session_with_the_old_password_is_left() {
    let app = TestApp::start(vec![]).await;
    let ana = app.an_administrator().await;
    // Kept under today's hash, so that a sign-in takes its time.
    app.nobody().sign_in(&ana.email, PASSWORD).await.expect(200);
    let sign_ins = (0..12).map(|number| {
        let caller = app.nobody().from_address(&format!("198.51.100.{number}"));
        let email = ana.email.clone();
        async move { caller.sign_in(&email, PASSWORD).await }
    });
    let change = ana.post(PATH, json!({ "current_password": PASSWORD, "new_password": BETTER }));
    let (changed, answers) = tokio::join!(change, futures_util::future::join_all(sign_ins));
    changed.expect(204);
    for answer in answers.iter().filter(|answer| answer.status == 200) {
        let cookie = answer.header("set-cookie").unwrap().split(['=', ';']).nth(1).unwrap().to_owned();
        ana.with_cookie(&cookie).get("/api/v1/session").await.expect(401);
    }
    assert_eq!(ana.get("/api/v1/session/list").await.items().len(), 1);
    app.nobody().sign_in(&ana.email, PASSWORD).await.expect(401);
    app.nobody().sign_in(&ana.email, BETTER).await.expect(200);
}
