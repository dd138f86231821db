//! Guessing passwords and finding out who has an account.

use std::time::Instant;

use futures_util::future::join_all;
use platform::clock::Clock;
use testkit::{PASSWORD, TestApp, json};
use time::{Duration, OffsetDateTime};

#[tokio::test]
async fn an_unknown_user_a_disabled_one_and_a_wrong_password_get_the_same_bytes() {
    let app = TestApp::start(vec![]).await;
    let (ana, gone) = (app.an_administrator().await, app.an_administrator().await);
    let path = format!("/api/v1/users/{}", gone.user_id);
    ana.patch(&path, 1, json!({ "is_active": false })).await.expect(200);
    let mut answers = Vec::new();
    for (number, email) in ["nobody@example.org", &ana.email, &gone.email].into_iter().enumerate() {
        let nobody = app.nobody().from_address(&format!("198.51.100.{number}"));
        let password = if *email == gone.email { PASSWORD } else { "some wrong password" };
        let answer = nobody.sign_in(email, password).await;
        let mut problem = answer.expect_problem(401, "invalid_credentials");
        problem["request_id"].take();
        let mut names: Vec<String> = answer.headers.keys().map(ToString::to_string).collect();
        names.sort();
        answers.push((problem, names));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);
}

#[tokio::test]
async fn an_unknown_user_is_answered_as_slowly_as_a_wrong_password() {
    let app = TestApp::start(vec![]).await;
    let admin = app.an_administrator().await;
    // A real hash, with the parameters of today.
    let new = json!({ "email": "ana@example.org", "display_name": "Ana",
        "memberships": [{ "organization_id": null, "role": "viewer" }] });
    admin.post("/api/v1/users", new).await.expect(201);
    let mut fastest = [u128::MAX; 3];
    for round in 0..12 {
        for (which, email) in ["ana@example.org", "nobody@example.org"].into_iter().enumerate() {
            let nobody = app.nobody().from_address(&format!("198.51.{which}.{round}"));
            let started = Instant::now();
            nobody.sign_in(email, "some wrong password").await.expect(401);
            fastest[which] = fastest[which].min(started.elapsed().as_micros());
        }
        let started = Instant::now();
        identity::hash_password(&app, "some wrong password").await.unwrap();
        fastest[2] = fastest[2].min(started.elapsed().as_micros());
    }
    // The fastest of a dozen, for other work goes on. Neither is answered without Argon2, which is nearly all of it.
    let [known, unknown, argon2] = fastest;
    // A quarter of it leaves room for a busy machine; an answer without Argon2 takes a hundredth.
    assert!(known * 4 >= argon2 && unknown * 4 >= argon2, "{fastest:?} us");
}

#[tokio::test]
async fn guesses_are_slowed_down_and_said_so() {
    let clock = Clock::manual(OffsetDateTime::from_unix_timestamp(1_790_000_000).unwrap());
    let app = TestApp::with_clock(vec![], clock.clone()).await;
    let ana = app.an_administrator().await;
    let nobody = app.nobody();
    for _ in 0..6 {
        nobody.sign_in(&ana.email, "wrong").await.expect(401);
    }
    let answer = nobody.sign_in(&ana.email, PASSWORD).await;
    answer.expect_problem(429, "too_many_attempts");
    let seconds: i64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=3).contains(&seconds));
    nobody.from_address("198.51.100.7").sign_in(&ana.email, PASSWORD).await.expect(200);
    clock.advance(Duration::seconds(seconds));
    nobody.sign_in(&ana.email, PASSWORD).await.expect(200);
}

#[tokio::test]
async fn guessing_from_everywhere_does_not_lock_the_owner_out_of_where_they_are_known() {
    let app = TestApp::start(vec![]).await;
    let ana = app.an_administrator().await;
    let home = app.nobody().from_address("203.0.113.5");
    home.sign_in(&ana.email, PASSWORD).await.expect(200);
    let mut refused = 0;
    for number in 0..60 {
        let attacker = app.nobody().from_address(&format!("198.51.100.{number}"));
        refused += u32::from(attacker.sign_in(&ana.email, "wrong").await.status == 429);
    }
    assert!(refused > 0);
    app.nobody().from_address("203.0.113.99").sign_in(&ana.email, PASSWORD).await.expect(429);
    home.sign_in(&ana.email, PASSWORD).await.expect(200);
}

#[tokio::test]
async fn many_huge_passwords_at_once_are_refused_cheaply() {
    let app = TestApp::start(vec![]).await;
    let ana = app.an_administrator().await;
    let huge = json!({ "email": ana.email, "password": "x".repeat(1_000_000) }).to_string();
    let huge = axum::body::Bytes::from(huge);
    let nobody = app.nobody();
    let send = || {
        let request = nobody.request(axum::http::Method::POST, "/api/v1/session");
        let request = request.header("content-type", "application/json");
        nobody.send(request.body(axum::body::Body::from(huge.clone())).unwrap())
    };
    for answer in join_all((0..200).map(|_| send())).await {
        answer.expect_problem(413, "too_large");
    }
    let long = "x".repeat(1025);
    nobody.sign_in(&ana.email, &long).await.expect_problem(422, "validation_failed");
    // Had one of them come as far as a password is looked at, it would have counted as an attempt.
    for _ in 0..6 {
        nobody.sign_in(&ana.email, "wrong").await.expect_problem(401, "invalid_credentials");
    }
}

#[tokio::test]
async fn more_sign_ins_at_once_than_memory_allows_wait_or_are_sent_away() {
    let app = TestApp::start(vec![]).await;
    let people = join_all((0..3).map(|_| app.an_administrator())).await;
    let nobody = app.nobody();
    let attempts = (0..16).map(|number| {
        let caller = nobody.from_address(&format!("198.51.100.{number}"));
        let email = people[number % people.len()].email.clone();
        async move { caller.sign_in(&email, PASSWORD).await.status.as_u16() }
    });
    let answers = join_all(attempts).await;
    // On a busy machine the database's connections may be what there is too little of.
    assert!(answers.iter().all(|status| matches!(status, 200 | 429 | 503)), "{answers:?}");
    assert!(answers.contains(&200));
}

#[tokio::test]
async fn a_failed_attempt_is_recorded_without_what_was_typed() {
    let app = TestApp::start(vec![]).await;
    let admin = app.an_administrator().await;
    app.nobody().sign_in("my secret password by mistake", "x").await.expect(401);
    app.nobody().sign_in(&admin.email, "wrong").await.expect(401);
    let items = admin.get("/api/v1/audit?action=session.refused").await.items();
    assert_eq!(items.len(), 2);
    assert_eq!(items[0]["object"]["reference"], admin.email);
    assert_eq!(items[0]["ip"], "192.0.2.1");
    assert!(!items[1].to_string().contains("secret"));
}

#[tokio::test]
async fn a_sign_in_of_the_wrong_shape_is_refused() {
    let app = TestApp::start(vec![]).await;
    let nobody = app.nobody();
    for body in [
        json!({}),
        json!({ "email": 1, "password": "x" }),
        json!({ "email": "a", "password": "b", "role": "admin" }),
    ] {
        nobody.post("/api/v1/session", body).await.expect_problem(422, "validation_failed");
    }
    nobody.post("/api/v1/session", json!([])).await.expect(422);
    nobody.sign_in("a\0b", "x\0y").await.expect_problem(401, "invalid_credentials");
}
