//! Tokens of sessions that are over.

use testkit::{TestApp, json};

use super::{SESSION, TOKEN, tokens_of};

#[tokio::test]
async fn a_token_is_dead_with_its_session_and_with_its_owner() {
    let app = TestApp::start(vec![]).await;
    let acme = app.organization("Acme").await;
    let admin = app.an_administrator().await;
    for way in ["sign out", "disable", "new password"] {
        let ana = app.an_analyst_of(&acme).await;
        let tokens = tokens_of(&app, &ana).await;
        let program = ana.with_bearer(&tokens.access);
        program.get(SESSION).await.expect(200);
        let user = format!("/api/v1/users/{}", ana.user_id);
        match way {
            "sign out" => program.delete(SESSION).await.expect(204),
            "disable" => admin.patch(&user, 1, json!({ "is_active": false })).await.expect(200),
            _ => admin.post(&format!("{user}/reset-password"), json!({})).await.expect(200),
        };
        program.get(SESSION).await.expect_problem(401, "unauthenticated");
        let form = [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh.as_str())];
        let answer = app.nobody().post_form(TOKEN, &form).await;
        assert_eq!(answer.expect(400)["error"], "invalid_grant", "{way}");
    }
}

#[tokio::test]
async fn a_token_does_less_as_soon_as_its_owner_may_do_less() {
    let app = TestApp::start(vec![]).await;
    let acme = app.organization("Acme").await;
    let (admin, eva) = (app.an_administrator().await, app.an_auditor_of(&acme).await);
    let program = eva.with_bearer(&tokens_of(&app, &eva).await.access);
    program.get("/api/v1/audit").await.expect(200);
    let change = json!({ "memberships": [{ "organization_id": acme.id, "role": "viewer" }] });
    admin.patch(&format!("/api/v1/users/{}", eva.user_id), 1, change).await.expect(200);
    program.get("/api/v1/audit").await.expect_problem(403, "forbidden");
}
