//! Tokens of keys that are gone, and tokens that ask for more than they were given for.

use testkit::{Setup, TestApp, json, opened};

use super::{ACCESS_TOKEN, EXCHANGE, SECRET, SERVICES, SESSION, tokens_of};

#[tokio::test]
async fn a_stolen_key_signs_nothing_that_is_believed_once_it_is_revoked() {
    let one = TestApp::start(vec![]).await;
    let other = one.another_node(vec![]);
    one.live().await;
    other.live().await;
    let admin = one.an_administrator().await;
    let token = tokens_of(&one, &admin).await.access;
    let [header, claims] = opened(&token);
    let forged = one.forger().await.sign(&header.to_string(), &claims.to_string());
    for node in [&one, &other] {
        admin.with_bearer(&forged).at(node).get(SESSION).await.expect(200);
    }
    admin.post("/sts/rotate-keys", json!({ "is_compromised": true })).await.expect(200);
    for token in [&forged, &token] {
        admin.with_bearer(token).get(SESSION).await.expect_problem(401, "unauthenticated");
        let there = admin.with_bearer(token).at(&other);
        // The signal is on its way.
        for _ in 0..2000 {
            if there.get(SESSION).await.status == 401 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        there.get(SESSION).await.expect_problem(401, "unauthenticated");
    }
}

#[tokio::test]
async fn an_exchange_gives_no_more_than_the_service_and_the_person_have() {
    let setup = Setup { services_file: SERVICES.to_owned(), ..Setup::default() };
    let app = TestApp::start_with(vec![], setup).await;
    let acme = app.organization("Acme").await;
    let (admin, ana) = (app.an_administrator().await, app.an_analyst_of(&acme).await);
    for person in [&admin, &ana] {
        let token = tokens_of(&app, person).await.access;
        let form = [
            ("grant_type", EXCHANGE),
            ("subject_token", token.as_str()),
            ("subject_token_type", ACCESS_TOKEN),
            ("client_id", "gateway"),
            ("client_secret", SECRET),
        ];
        for scope in ["users:write", "tickets:read users:write", "api", "*"] {
            let form = [form.as_slice(), &[("scope", scope)]].concat();
            let answer = app.nobody().post_form("/sts/token", &form).await;
            assert_eq!(answer.expect(400)["error"], "invalid_scope", "{scope}");
        }
        let answer = app.nobody().post_form("/sts/token", &form).await.expect(200);
        assert_eq!(answer["scope"], "tickets:read");
        let gateway = app.nobody().with_bearer(answer["access_token"].as_str().unwrap());
        gateway.get("/api/v1/users").await.expect_problem(403, "forbidden");
        gateway.post("/sts/rotate-keys", json!({})).await.expect_problem(403, "forbidden");
        gateway.post("/api/v1/session/password", json!({})).await.expect_problem(403, "people_only");
    }
}
