//! Finding out who has an account.

use testkit::{Answer, PASSWORD, TestApp, Value, json};

use super::TOKEN;

/// Everything of an answer but what differs between any two requests.
fn told(answer: &Answer) -> (u16, Value, Vec<(String, String)>) {
    let mut body = answer.json();
    if let Some(body) = body.as_object_mut() {
        body.remove("request_id");
    }
    let headers = answer.headers.iter().filter(|(name, _)| *name != "x-request-id");
    let mut headers = headers
        .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect::<Vec<_>>();
    headers.sort();
    (answer.status.as_u16(), body, headers)
}

#[tokio::test]
async fn whoever_signs_in_wrongly_learns_nothing_of_the_account() {
    let app = TestApp::start(vec![]).await;
    let (ana, gone) = (app.an_administrator().await, app.an_administrator().await);
    let path = format!("/api/v1/users/{}", gone.user_id);
    ana.patch(&path, 1, json!({ "is_active": false })).await.expect(200);
    let (mut browsers, mut programs) = (Vec::new(), Vec::new());
    let attempts = [
        (ana.email.as_str(), "some wrong password"),
        (&gone.email, PASSWORD),
        (&gone.email, "some wrong password"),
        ("nobody@example.org", PASSWORD),
        ("not an address", PASSWORD),
        ("", PASSWORD),
    ];
    for (number, (email, password)) in attempts.into_iter().enumerate() {
        let nobody = app.nobody().from_address(&format!("198.51.100.{number}"));
        browsers.push(told(&nobody.sign_in(email, password).await));
        let email = if email.is_empty() { "@" } else { email };
        let form = [("grant_type", "password"), ("username", email), ("password", password)];
        programs.push(told(&nobody.post_form(TOKEN, &form).await));
    }
    for answers in [browsers, programs] {
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
    }
}
