//! The audit log.

use testkit::{TestApp, Value, json};

const AUDIT: &str = "/api/v1/audit";

fn actions(items: &[Value]) -> Vec<&str> {
    items.iter().filter_map(|item| item["action"].as_str()).collect()
}

#[tokio::test]
async fn auditors_read_the_records_of_their_organizations_only() {
    let app = TestApp::start(vec![]).await;
    let (acme, other) = (app.organization("Acme").await, app.organization("Other").await);
    let admin = app.an_administrator().await;
    for organization in [&acme, &other] {
        let path = format!("/api/v1/organizations/{}", organization.id);
        admin.patch(&path, 1, json!({ "name": format!("{} S.A.", organization.name) })).await.expect(200);
    }
    app.nobody().sign_in(&admin.email, testkit::PASSWORD).await.expect(200);
    let of_acme = app.an_auditor_of(&acme).await.get(AUDIT).await.items();
    assert_eq!(of_acme.len(), 1);
    let record = &of_acme[0];
    assert_eq!(record["action"], "organization.updated");
    assert_eq!(record["organization_id"], json!(acme.id));
    assert_eq!(record["actor"], json!({ "kind": "user", "id": admin.user_id, "name": admin.display_name }));
    assert_eq!(record["object"]["reference"], "Acme S.A.");
    assert_eq!(record["detail"]["name"], "Acme S.A.");
    assert_eq!(record["ip"], "192.0.2.1");
    assert!(record["request_id"].is_string() && record["occurred_at"].is_string());
    let all = admin.get(AUDIT).await.items();
    assert_eq!(actions(&all), ["session.opened", "organization.updated", "organization.updated"]);
    app.an_analyst_of(&acme).await.get(AUDIT).await.expect_problem(403, "forbidden");
}

#[tokio::test]
async fn a_role_everywhere_that_may_not_read_the_log_opens_no_part_of_it() {
    let app = TestApp::start(vec![]).await;
    let acme = app.organization("Acme").await;
    let admin = app.an_administrator().await;
    app.nobody().sign_in(&admin.email, testkit::PASSWORD).await.expect(200);
    let mixed = app.someone(&[(None, "viewer"), (Some(&acme), "auditor")]).await;
    assert!(mixed.get(AUDIT).await.items().is_empty());
}

#[tokio::test]
async fn records_are_found_by_what_is_known_of_them() {
    let app = TestApp::start(vec![]).await;
    let acme = app.organization("Acme").await;
    let admin = app.an_administrator().await;
    let path = format!("/api/v1/organizations/{}", acme.id);
    admin.patch(&path, 1, json!({ "name": "100% Acme" })).await.expect(200);
    admin.patch(&path, 2, json!({ "name": "Acme again" })).await.expect(200);
    let found = async |query: &str| admin.get(&format!("{AUDIT}?{query}")).await.items().len();
    assert_eq!(found("").await, 2);
    assert_eq!(found("action=organization.updated").await, 2);
    assert_eq!(found("action=organization").await, 0);
    assert_eq!(found("text=again").await, 1);
    assert_eq!(found("text=100%25").await, 1);
    assert_eq!(found("text=%25").await, 1);
    assert_eq!(found("text=_").await, 0);
    assert_eq!(found(&format!("actor_id={}", admin.user_id)).await, 2);
    assert_eq!(found(&format!("object_id={}", acme.id)).await, 2);
    assert_eq!(found(&format!("organization_id={}", acme.id)).await, 2);
    assert_eq!(found("from=2020-01-01T00:00:00Z&to=2020-02-01T00:00:00Z").await, 0);
    assert_eq!(found("from=2020-01-01T00:00:00Z").await, 2);
    for wrong in ["from=yesterday", "actor_id=x", "limit=201", "nonsense=1", "text=%00"] {
        admin.get(&format!("{AUDIT}?{wrong}")).await.expect_problem(422, "validation_failed");
    }
    let first = admin.get(&format!("{AUDIT}?limit=1")).await.expect(200);
    let next = first["next_cursor"].as_str().unwrap();
    let second = admin.get(&format!("{AUDIT}?limit=1&cursor={next}")).await.expect(200);
    assert_eq!(second["items"][0]["object"]["reference"], "100% Acme");
    assert!(second["next_cursor"].is_null());
}
