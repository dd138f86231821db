//! Organizations.

use testkit::{Setup, TestApp, json};

const ORGANIZATIONS: &str = "/api/v1/organizations";

#[tokio::test]
async fn an_administrator_sees_a_new_organization_without_signing_in_again() {
    let app = TestApp::start(vec![]).await;
    let (admin, other) = (app.an_administrator().await, app.an_administrator().await);
    assert!(other.get(ORGANIZATIONS).await.items().is_empty());
    let created = admin.post(ORGANIZATIONS, json!({ "name": "Compañía del Sur" })).await.expect(201);
    assert_eq!(created["slug"], "compania-del-sur");
    for admin in [&admin, &other] {
        assert_eq!(admin.get(ORGANIZATIONS).await.items().len(), 1);
        let me = admin.get("/api/v1/session").await.expect(200);
        assert_eq!(me["permissions"]["tickets:write"], json!([created["id"]]));
    }
    assert_eq!(app.audit_actions().await, ["organization.created"]);
}

#[tokio::test]
async fn only_who_administers_all_adds_organizations() {
    let app = TestApp::start(vec![]).await;
    let acme = app.organization("Acme").await;
    let admin = app.someone(&[(Some(&acme), "admin")]).await;
    admin.post(ORGANIZATIONS, json!({ "name": "Mine" })).await.expect_problem(403, "needs_everywhere");
    let manager = app.a_soc_manager_of(&acme).await;
    manager.post(ORGANIZATIONS, json!({ "name": "Mine" })).await.expect_problem(403, "forbidden");
    app.nobody().post(ORGANIZATIONS, json!({ "name": "Mine" })).await.expect(401);
}

/// Beside the shipped roles.
const LIMITED: &str = "
roles:
  trainee:
    description: Works with what is their own.
    permissions: [tickets:read, tickets:write]
    restrictions: {own_items: true}
";

#[tokio::test]
async fn a_limit_in_one_organization_takes_nothing_that_belongs_to_the_installation() {
    let policies = identity::SHIPPED_POLICIES.replacen("\nroles:\n", LIMITED, 1);
    let app = TestApp::start_with(vec![], Setup { policies, ..Setup::default() }).await;
    let acme = app.organization("Acme").await;
    let admin = app.someone(&[(None, "admin"), (Some(&acme), "trainee")]).await;
    let rotation = json!({ "is_compromised": true });
    admin.post("/sts/rotate-keys", rotation.clone()).await.expect(200);
    let other = admin.post(ORGANIZATIONS, json!({ "name": "Other" })).await.expect(201);
    let rename = json!({ "name": "Another" });
    let place = |id: &str| format!("{ORGANIZATIONS}/{id}");
    admin.patch(&place(other["id"].as_str().unwrap()), 1, rename.clone()).await.expect(200);
    admin.patch(&place(&acme.id.to_string()), 1, rename).await.expect_problem(404, "not_found");
    // Nor does a role in one organization give it to who is bound in all of them.
    let bound = app.someone(&[(None, "trainee"), (Some(&acme), "admin")]).await;
    bound.post("/sts/rotate-keys", rotation).await.expect_problem(403, "forbidden");
    bound.post(ORGANIZATIONS, json!({ "name": "Third" })).await.expect_problem(403, "forbidden");
}

#[tokio::test]
async fn names_and_short_names_are_taken_once() {
    let app = TestApp::start(vec![]).await;
    let admin = app.an_administrator().await;
    admin.post(ORGANIZATIONS, json!({ "name": "Acme" })).await.expect(201);
    admin
        .post(ORGANIZATIONS, json!({ "name": "ACME", "slug": "else" }))
        .await
        .expect_problem(409, "name_taken");
    admin
        .post(ORGANIZATIONS, json!({ "name": "Other", "slug": "acme" }))
        .await
        .expect_problem(409, "slug_taken");
    for wrong in [
        json!({ "name": "" }),
        json!({ "name": "日本" }),
        json!({ "name": "X", "slug": "Not A Slug" }),
        json!({ "name": "X", "id": 1 }),
        json!({ "name": "a".repeat(121) }),
    ] {
        admin.post(ORGANIZATIONS, wrong).await.expect_problem(422, "validation_failed");
    }
    admin.post(ORGANIZATIONS, json!({ "name": "日本", "slug": "nihon" })).await.expect(201);
}

#[tokio::test]
async fn an_organization_is_renamed_in_the_version_read() {
    let app = TestApp::start(vec![]).await;
    let (acme, other) = (app.organization("Acme").await, app.organization("Other").await);
    let admin = app.someone(&[(Some(&acme), "admin")]).await;
    let path = format!("{ORGANIZATIONS}/{}", acme.id);
    let answer = admin.patch(&path, 1, json!({ "name": "Acme Spain" })).await;
    assert_eq!(answer.expect(200)["name"], "Acme Spain");
    assert_eq!(answer.header("etag"), Some("\"2\""));
    admin.patch(&path, 1, json!({ "name": "Stale" })).await.expect_problem(412, "version_conflict");
    admin.patch(&path, 2, json!({ "name": "other" })).await.expect_problem(409, "name_taken");
    admin.patch(&format!("{ORGANIZATIONS}/{}", other.id), 1, json!({ "name": "X" })).await.expect(404);
    admin.patch(&format!("{ORGANIZATIONS}/x"), 1, json!({ "name": "X" })).await.expect(404);
}

#[tokio::test]
async fn people_see_their_own_organizations_page_by_page() {
    let app = TestApp::start(vec![]).await;
    let (b, a) = (app.organization("Beta").await, app.organization("alpha").await);
    app.organization("Hidden").await;
    let manager = app.someone(&[(Some(&a), "soc_manager"), (Some(&b), "soc_manager")]).await;
    let first = manager.get(&format!("{ORGANIZATIONS}?limit=1")).await.expect(200);
    assert_eq!(first["items"][0]["name"], "alpha");
    let next = first["next_cursor"].as_str().unwrap();
    let second = manager.get(&format!("{ORGANIZATIONS}?limit=1&cursor={next}")).await.expect(200);
    assert_eq!(second["items"][0]["name"], "Beta");
    assert!(second["next_cursor"].is_null());
}
