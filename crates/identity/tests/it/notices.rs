//! What people are told of their own account, in the application.

use axum::body::Body;
use axum::http::Method;
use testkit::{Actor, Answer, Authenticator, PASSWORD, TestApp, Value, json};

const NOTICES: &str = "/api/v1/notices";
const SESSION: &str = "/api/v1/session";
const TOTP: &str = "/api/v1/session/second-factor/totp";

async fn start() -> TestApp {
    TestApp::start(vec![notifications::module()]).await
}

fn cookie(answer: &Answer, name: &str) -> Option<String> {
    answer.headers.get_all("set-cookie").iter().find_map(|value| {
        let (key, value) = value.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
        (key == name && !value.is_empty()).then(|| value.to_owned())
    })
}

async fn kinds(person: &Actor) -> Vec<String> {
    let notices = person.get(NOTICES).await.items();
    notices.iter().map(|notice| notice["kind"].as_str().unwrap().to_owned()).collect()
}

/// Signs in with a browser, and gives what it is known by from then on.
async fn sign_in_with(app: &TestApp, person: &Actor, device: Option<&str>) -> String {
    let request = app.nobody().request(Method::POST, SESSION).header("content-type", "application/json");
    let request = request.header("user-agent", "Tests/1.0");
    let request = match device {
        Some(device) => request.header("cookie", format!("cibercase-device={device}")),
        None => request,
    };
    let body = json!({ "email": person.email, "password": PASSWORD }).to_string();
    let answer = app.nobody().send(request.body(Body::from(body)).unwrap()).await;
    answer.expect(200);
    cookie(&answer, "cibercase-device").unwrap()
}

#[tokio::test]
async fn a_sign_in_from_a_new_browser_is_told_and_the_first_is_not() {
    let app = start().await;
    let (ana, eva) = (app.an_administrator().await, app.an_administrator().await);
    let laptop = sign_in_with(&app, &ana, None).await;
    assert_eq!(sign_in_with(&app, &ana, Some(&laptop)).await, laptop);
    assert!(kinds(&ana).await.is_empty());
    let other = sign_in_with(&app, &ana, None).await;
    assert_ne!(other, laptop);
    assert_eq!(sign_in_with(&app, &ana, Some(&other)).await, other);
    let notices = ana.get(NOTICES).await.items();
    assert_eq!(notices.len(), 1);
    let notice = &notices[0];
    assert_eq!((&notice["kind"], &notice["ticket"]), (&json!("new_device"), &Value::Null));
    assert_eq!(notice["account"], json!({ "subject": null, "ip": "192.0.2.1", "user_agent": "Tests/1.0" }));
    assert_eq!(ana.get("/api/v1/notices/count").await.expect(200)["unread"], 1);
    ana.post("/api/v1/notices/read", json!({ "ids": [notice["id"]] })).await.expect(204);
    assert_eq!(ana.get("/api/v1/notices/count").await.expect(200)["unread"], 0);
    // The same browser, with somebody else who has signed in elsewhere before.
    sign_in_with(&app, &eva, None).await;
    assert_eq!(sign_in_with(&app, &eva, Some(&laptop)).await, laptop);
    assert_eq!(kinds(&eva).await, ["new_device"]);
    assert_eq!(kinds(&ana).await.len(), 1);
}

#[tokio::test]
async fn a_browser_is_known_by_no_value_but_ours() {
    let app = start().await;
    let ana = app.an_administrator().await;
    let planted = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ";
    let given = sign_in_with(&app, &ana, Some(planted)).await;
    assert_ne!(given, planted);
    let mut database = app.superuser().await;
    let kept = sqlx::query_scalar!("select token_hash from devices where user_id = $1", ana.user_id.uuid());
    assert_ne!(kept.fetch_one(&mut database).await.unwrap(), given.as_bytes());
    sign_in_with(&app, &ana, Some(planted)).await;
    assert_eq!(kinds(&ana).await, ["new_device"]);
}

#[tokio::test]
async fn what_is_done_to_an_account_is_told_to_its_owner_whoever_did_it() {
    let app = start().await;
    let (admin, ana) = (app.an_administrator().await, app.an_administrator().await);
    let proposal = ana.post(TOTP, json!({})).await.expect(200);
    let authenticator = Authenticator::of(proposal["secret"].as_str().unwrap());
    let code = json!({ "code": authenticator.code_at(app.clock.now()) });
    let codes = ana.post(&format!("{TOTP}/confirm"), code).await.expect(200);
    assert_eq!(kinds(&ana).await, ["second_factor_added"]);
    ana.post("/api/v1/session/proof", json!({ "code": codes["codes"][0] })).await.expect(204);
    assert_eq!(kinds(&ana).await[0], "recovery_code_used");
    let change = json!({ "current_password": PASSWORD, "new_password": "correct horse battery staple" });
    ana.post("/api/v1/session/password", change).await.expect(204);
    assert_eq!(kinds(&ana).await[0], "password_changed");
    ana.delete(TOTP).await.expect(204);
    assert_eq!(kinds(&ana).await[0], "second_factor_removed");
    assert!(kinds(&admin).await.is_empty());
}

#[tokio::test]
async fn what_an_administrator_resets_is_told_with_their_name() {
    let app = start().await;
    let (admin, ana) = (app.an_administrator().await, app.an_administrator().await);
    admin.post(&format!("/api/v1/users/{}/reset-password", ana.user_id), json!({})).await.expect(200);
    identity::reset_password(&app, &ana.email).await.unwrap();
    let mut database = app.superuser().await;
    let told = sqlx::query!(
        "select kind, actor_name from account_notices where user_id = $1 order by id",
        ana.user_id.uuid()
    );
    let told = told.fetch_all(&mut database).await.unwrap();
    assert_eq!(told.len(), 2);
    assert_eq!((told[0].kind.as_str(), &told[0].actor_name), ("password_reset", &admin.display_name));
    assert_eq!(told[1].kind, "password_reset");
    assert_ne!(told[1].actor_name, admin.display_name);
    // Nobody else reads or marks them.
    assert!(kinds(&admin).await.is_empty());
}
