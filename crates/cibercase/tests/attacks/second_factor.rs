//! Second factors: codes used again, by others, guessed, and passed by.

use axum::http::Method;
use futures_util::future::join_all;
use platform::clock::Clock;
use testkit::{Actor, Answer, Authenticator, PASSWORD, TestApp, json};
use time::{Duration, OffsetDateTime};

use super::{SESSION, TOKEN};

const FACTOR: &str = "/api/v1/session/second-factor";

async fn start() -> (TestApp, Clock) {
    let clock = Clock::manual(OffsetDateTime::from_unix_timestamp(1_790_000_000).unwrap());
    (TestApp::with_clock(vec![], clock.clone()).await, clock)
}

fn cookie(answer: &Answer, name: &str) -> Option<String> {
    answer.headers.get_all("set-cookie").iter().find_map(|value| {
        let (key, value) = value.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
        (key == name && !value.is_empty()).then(|| value.to_owned())
    })
}

/// Sets a second factor up; half a minute later the app shows a code that was not used.
async fn enrol(app: &TestApp, clock: &Clock, person: &Actor) -> Authenticator {
    let proposal = person.post(&format!("{FACTOR}/totp"), json!({})).await.expect(200);
    let authenticator = Authenticator::of(proposal["secret"].as_str().unwrap());
    let code = json!({ "code": authenticator.code_at(app.clock.now()) });
    person.post(&format!("{FACTOR}/totp/confirm"), code).await.expect(200);
    clock.advance(Duration::seconds(30));
    authenticator
}

/// The cookie of somebody who has proven the password.
async fn challenge(app: &TestApp, email: &str) -> String {
    let answer = app.nobody().sign_in(email, PASSWORD).await;
    answer.expect(202);
    cookie(&answer, "cibercase-challenge").unwrap()
}

async fn show(caller: &Actor, challenge: &str, code: &str) -> Answer {
    let request = caller.request(Method::POST, "/api/v1/session/challenge");
    let request = request.header("cookie", format!("cibercase-challenge={challenge}"));
    let request = request.header("content-type", "application/json");
    let body = json!({ "code": code }).to_string();
    caller.send(request.body(axum::body::Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn a_code_that_was_seen_is_not_good_again_nor_is_one_before_it() {
    let (app, clock) = start().await;
    let ana = app.an_administrator().await;
    let authenticator = enrol(&app, &clock, &ana).await;
    let now = app.clock.now();
    let (before, code) = (authenticator.code_at(now - Duration::seconds(30)), authenticator.code_at(now));
    show(&app.nobody(), &challenge(&app, &ana.email).await, &code).await.expect(200);
    for seen in [&code, &before] {
        let again = show(&app.nobody(), &challenge(&app, &ana.email).await, seen).await;
        again.expect_problem(401, "second_factor_wrong");
        let form =
            [("grant_type", "password"), ("username", &*ana.email), ("password", PASSWORD), ("otp", seen)];
        assert_eq!(app.nobody().post_form(TOKEN, &form).await.expect(400)["error"], "invalid_grant");
    }
}

#[tokio::test]
async fn of_many_who_send_the_same_code_at_once_one_gets_in() {
    let (app, clock) = start().await;
    let ana = app.an_administrator().await;
    let authenticator = enrol(&app, &clock, &ana).await;
    let code = authenticator.code_at(app.clock.now());
    let (one, two) = (challenge(&app, &ana.email).await, challenge(&app, &ana.email).await);
    let nobody = app.nobody();
    let answers = join_all([&one, &one, &two, &two].map(|challenge| show(&nobody, challenge, &code))).await;
    let opened = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(opened, 1, "{answers:?}");
}

#[tokio::test]
async fn a_code_is_no_good_for_anothers_challenge_nor_without_the_browsers_cookie() {
    let (app, clock) = start().await;
    let (ana, eva) = (app.an_administrator().await, app.an_administrator().await);
    let of_ana = enrol(&app, &clock, &ana).await;
    enrol(&app, &clock, &eva).await;
    let (code, of_eva) = (of_ana.code_at(app.clock.now()), challenge(&app, &eva.email).await);
    show(&app.nobody(), &of_eva, &code).await.expect_problem(401, "second_factor_wrong");
    for forged in ["", "A".repeat(43).as_str()] {
        show(&app.nobody(), forged, &code).await.expect_problem(401, "challenge_over");
    }
    // A challenge is no session.
    app.nobody().with_cookie(&of_eva).get(SESSION).await.expect(401);
    show(&app.nobody(), &challenge(&app, &ana.email).await, &code).await.expect(200);
}

#[tokio::test]
async fn a_page_elsewhere_cannot_answer_a_challenge() {
    let (app, clock) = start().await;
    let ana = app.an_administrator().await;
    let authenticator = enrol(&app, &clock, &ana).await;
    let request = app.nobody().request(Method::POST, "/api/v1/session/challenge");
    let request =
        request.header("cookie", format!("cibercase-challenge={}", challenge(&app, &ana.email).await));
    let request = request.header("content-type", "application/json").header("origin", "https://evil.example");
    let body = json!({ "code": authenticator.code_at(app.clock.now()) }).to_string();
    let answer = app.nobody().send(request.body(axum::body::Body::from(body)).unwrap()).await;
    answer.expect_problem(403, "foreign_origin");
}

#[tokio::test]
async fn a_challenge_takes_five_tries_and_then_not_even_the_right_code() {
    let (app, clock) = start().await;
    let ana = app.an_administrator().await;
    let authenticator = enrol(&app, &clock, &ana).await;
    let challenge = challenge(&app, &ana.email).await;
    let nobody = app.nobody();
    let wrong =
        join_all((0..8).map(|number| show(&nobody, &challenge, ["000000", "ABCDEF"][number % 2]))).await;
    let looked_at = wrong.iter().filter(|answer| answer.json()["code"] == "second_factor_wrong").count();
    assert!(looked_at <= 5, "{wrong:?}");
    clock.advance(Duration::minutes(2));
    let elsewhere = app.nobody().from_address("198.51.100.9");
    let right = show(&elsewhere, &challenge, &authenticator.code_at(app.clock.now())).await;
    right.expect_problem(401, "challenge_over");
}

#[tokio::test]
async fn whoever_knows_the_password_guesses_codes_slowly_and_locks_nobody_out() {
    let (app, clock) = start().await;
    let ana = app.an_administrator().await;
    let authenticator = enrol(&app, &clock, &ana).await;
    let home = app.nobody().from_address("203.0.113.5");
    let signed_in = home.sign_in(&ana.email, PASSWORD).await;
    let of_home = cookie(&signed_in, "cibercase-challenge").unwrap();
    show(&home, &of_home, &authenticator.code_at(app.clock.now())).await.expect(200);
    clock.advance(Duration::seconds(30));
    let mut refused = 0;
    for number in 0..50 {
        // A right password, as often as one likes, forgives no wrong code.
        let attacker = app.nobody().from_address(&format!("198.51.100.{number}"));
        let challenge = challenge(&app, &ana.email).await;
        refused += u32::from(show(&attacker, &challenge, "000000").await.status == 429);
    }
    assert!(refused > 10, "{refused}");
    let of_home = cookie(&home.sign_in(&ana.email, PASSWORD).await, "cibercase-challenge").unwrap();
    show(&home, &of_home, &authenticator.code_at(app.clock.now())).await.expect(200);
}

#[tokio::test]
async fn one_set_up_while_the_password_is_checked_is_asked_for() {
    let (app, _) = start().await;
    let ana = app.an_administrator().await;
    ana.post(&format!("{FACTOR}/totp"), json!({})).await.expect(200);
    // Confirmed in a transaction that has the person's row, as the program does it, and is not done yet.
    let (mut holder, mut watcher) = (app.superuser().await, app.superuser().await);
    let mut confirming = sqlx::Connection::begin(&mut holder).await.unwrap();
    sqlx::query!("select id from users where id = $1 for update", ana.user_id.uuid())
        .fetch_one(&mut *confirming)
        .await
        .unwrap();
    let finish = async {
        // The password has been found right once the sign-in waits for that row.
        loop {
            let waiting = sqlx::query_scalar!(
                r#"select count(*) as "count!" from pg_stat_activity
                   where datname = current_database() and wait_event_type = 'Lock'"#
            );
            if waiting.fetch_one(&mut watcher).await.unwrap() > 0 {
                break;
            }
            tokio::task::yield_now().await;
        }
        sqlx::query!("update totp_factors set confirmed_at = now() where user_id = $1", ana.user_id.uuid())
            .execute(&mut *confirming)
            .await
            .unwrap();
        confirming.commit().await.unwrap();
    };
    let nobody = app.nobody();
    let (answer, ()) = tokio::join!(nobody.sign_in(&ana.email, PASSWORD), finish);
    answer.expect(202);
    assert_eq!(cookie(&answer, "cibercase"), None);
}
