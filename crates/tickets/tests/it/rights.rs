//! Who may do what, and that another organization's people may not even know.

use testkit::{Actor, Value, json};

use crate::support::*;

/// Every operation on a ticket: method, path under the ticket, body.
fn operations(other: &Value) -> Vec<(&'static str, String, Value)> {
    let other_id = id(other);
    vec![
        ("GET", String::new(), Value::Null),
        ("PATCH", String::new(), json!({ "title": "x" })),
        ("POST", "/claim".into(), json!({})),
        ("POST", "/resolve".into(), ending()),
        ("POST", "/close".into(), ending()),
        ("POST", "/reopen".into(), json!({ "reason": "x" })),
        ("GET", "/activity".into(), Value::Null),
        ("POST", "/comments".into(), json!({ "body_markdown": "x" })),
        ("PATCH", format!("/comments/{other_id}"), json!({ "body_markdown": "x" })),
        ("GET", "/alerts".into(), Value::Null),
        ("GET", "/similar".into(), Value::Null),
        ("GET", "/raw".into(), Value::Null),
        ("GET", "/attachments".into(), Value::Null),
        ("PUT", "/watch".into(), json!({})),
        ("DELETE", "/watch".into(), Value::Null),
        ("POST", "/links".into(), json!({ "kind": "related", "ticket_id": other_id })),
        ("DELETE", format!("/links/{other_id}"), Value::Null),
        ("POST", "/split".into(), json!({ "member_id": other_id })),
    ]
}

pub async fn call(who: &Actor, method: &str, path: &str, body: Value) -> testkit::Answer {
    match method {
        "GET" => who.get(path).await,
        "POST" => who.post(path, body).await,
        "PUT" => who.put(path, body).await,
        "DELETE" => who.delete(path).await,
        _ => who.patch(path, 1, body).await,
    }
}

#[tokio::test]
async fn another_organizations_people_get_404_on_every_operation() {
    let app = start().await;
    let (acme, other) = (app.organization("Acme").await, app.organization("Other").await);
    let ana = app.an_analyst_of(&acme).await;
    let stranger = app.a_soc_manager_of(&other).await;
    let made = ticket(&ana, &acme, "A call").await;
    let own = ticket(&stranger, &other, "Theirs").await;
    for (method, rest, body) in operations(&own) {
        call(&stranger, method, &format!("{}{rest}", path(&made)), body)
            .await
            .expect_problem(404, "not_found");
    }
    let create = json!({ "organization_id": acme.id, "title": "x", "severity": "low" });
    stranger.post("/api/v1/tickets", create).await.expect_problem(404, "not_found");
    for (survivor, member) in [(&made, &own), (&own, &made)] {
        let body = json!({ "survivor_id": survivor["id"], "member_ids": [member["id"]] });
        stranger.post("/api/v1/tickets/merge", body).await.expect_problem(404, "not_found");
    }
    let view = json!({ "organization_id": acme.id, "name": "x", "query": "" });
    stranger.post("/api/v1/views", view).await.expect_problem(404, "not_found");
    let status = json!({ "organization_id": acme.id, "key": "x", "label": "x", "stage": "new" });
    stranger.post("/api/v1/ticket-statuses", status).await.expect_problem(404, "not_found");
    for query in ["", "?q=call", "?include_merged=true", &format!("?organization_id={}", acme.id)] {
        let items = stranger.get(&format!("/api/v1/tickets{query}")).await.items();
        assert!(items.iter().all(|item| item["organization_id"] == json!(other.id)), "{query}");
    }
    assert_eq!(ana.get(&path(&made)).await.expect(200)["version"], 1, "nothing happened to it");
}

#[tokio::test]
async fn who_has_not_signed_in_gets_401_on_every_route() {
    let app = start().await;
    let nobody = app.nobody();
    for route in &app.routes {
        if route.access == "public" {
            continue;
        }
        let path = route.path.replace("{", "").replace("}", "");
        let answer = call(&nobody, route.method, &path, json!({})).await;
        assert_eq!(answer.status, 401, "{} {}", route.method, route.path);
    }
}

#[tokio::test]
async fn each_role_may_do_what_the_policies_say() {
    let app = start().await;
    let acme = app.organization("Acme").await;
    let ana = app.an_analyst_of(&acme).await;
    let people = [
        ("viewer", app.a_viewer_of(&acme).await),
        ("auditor", app.an_auditor_of(&acme).await),
        ("analyst", app.an_analyst_of(&acme).await),
        ("senior_analyst", app.a_senior_analyst_of(&acme).await),
        ("soc_manager", app.a_soc_manager_of(&acme).await),
        ("admin", app.an_administrator().await),
    ];
    let readers = ["viewer", "auditor", "analyst", "senior_analyst", "soc_manager", "admin"];
    let workers = ["analyst", "senior_analyst", "soc_manager", "admin"];
    let seniors = ["senior_analyst", "soc_manager", "admin"];
    let other = ticket(&ana, &acme, "Other").await;
    for (method, rest, body) in operations(&other) {
        let allowed: &[&str] = match (method, rest.as_str()) {
            (_, "/reopen") => &seniors,
            (_, "/raw") => &["auditor", "analyst", "senior_analyst", "soc_manager", "admin"],
            (_, "/attachments") => &["auditor", "analyst", "senior_analyst", "soc_manager", "admin"],
            (_, "/watch") | ("GET", _) => &readers,
            _ => &workers,
        };
        for (role, who) in &people {
            let made = ticket(&ana, &acme, "A call").await;
            let answer = call(who, method, &format!("{}{rest}", path(&made)), body.clone()).await;
            assert_eq!(
                answer.status != 403,
                allowed.contains(role),
                "{role} {method} {rest}: {}",
                answer.text()
            );
        }
    }
}
