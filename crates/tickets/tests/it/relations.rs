//! Links, likeness and saved queues.

use testkit::json;

use crate::support::*;

#[tokio::test]
async fn a_link_is_seen_from_both_sides() {
    let app = start().await;
    let acme = app.organization("Acme").await;
    let ana = app.an_analyst_of(&acme).await;
    let (one, two) = (ticket(&ana, &acme, "1").await, ticket(&ana, &acme, "2").await);
    let links = format!("{}/links", path(&one));
    ana.post(&links, json!({ "kind": "caused_by", "ticket_id": one["id"] }))
        .await
        .expect_problem(422, "validation_failed");
    let linked = ana.post(&links, json!({ "kind": "caused_by", "ticket_id": two["id"] })).await.expect(200);
    assert_eq!(linked["links"][0]["kind"], "caused_by");
    assert_eq!(linked["links"][0]["is_incoming"], false);
    assert_eq!(linked["links"][0]["ticket"]["reference"], two["reference"]);
    let other = ana.get(&path(&two)).await.expect(200);
    assert_eq!(other["links"][0]["is_incoming"], true);
    assert_eq!(other["links"][0]["ticket"]["reference"], one["reference"]);
    let again = ana.post(&links, json!({ "kind": "related", "ticket_id": two["id"] })).await.expect(200);
    assert_eq!(again["links"].as_array().unwrap().len(), 1);
    assert_eq!(history(&ana, &two).await, ["created", "linked", "linked"]);
    let back = format!("{}/links/{}", path(&two), id(&one));
    ana.delete(&back).await.expect(204);
    ana.delete(&back).await.expect_problem(404, "not_found");
    assert!(ana.get(&path(&one)).await.expect(200)["links"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn tickets_of_two_organizations_are_never_linked() {
    let app = start().await;
    let (acme, other) = (app.organization("Acme").await, app.organization("Other").await);
    let ana = app.someone(&[(Some(&acme), "analyst"), (Some(&other), "analyst")]).await;
    let (one, two) = (ticket(&ana, &acme, "1").await, ticket(&ana, &other, "2").await);
    let body = json!({ "kind": "related", "ticket_id": two["id"] });
    ana.post(&format!("{}/links", path(&one)), body).await.expect_problem(404, "not_found");
}

#[tokio::test]
async fn similar_tickets_share_addresses_and_say_what() {
    let app = start().await;
    let acme = app.organization("Acme").await;
    let ana = app.an_analyst_of(&acme).await;
    let parties = json!({ "source_ip": "203.0.113.9", "destination_ip": "10.0.0.5" });
    let one = ticket_with(&ana, &acme, parties.clone()).await;
    let twin = ticket_with(&ana, &acme, parties).await;
    let cousin = ticket_with(&ana, &acme, json!({ "source_ip": "203.0.113.9" })).await;
    ticket_with(&ana, &acme, json!({ "source_ip": "198.51.100.1" })).await;
    let similar = ana.get(&format!("{}/similar", path(&one))).await.items();
    assert_eq!(references(&similar), references(&[twin, cousin]));
    assert_eq!(similar[0]["why"], json!(["same_source_ip", "same_destination_ip"]));
    assert!(similar[0]["score"].as_i64() > similar[1]["score"].as_i64());
    let lonely = ticket(&ana, &acme, "no parties").await;
    assert!(ana.get(&format!("{}/similar", path(&lonely))).await.items().is_empty());
}

#[tokio::test]
async fn a_view_is_mine_until_i_share_it() {
    let app = start().await;
    let acme = app.organization("Acme").await;
    let (ana, bob, eve) =
        (app.an_analyst_of(&acme).await, app.an_analyst_of(&acme).await, app.a_viewer_of(&acme).await);
    let new = json!({ "organization_id": acme.id, "name": "Mine", "query": "assignee=me&stage=new", "is_default": true });
    let view = ana.post("/api/v1/views", new.clone()).await.expect(201);
    ana.post("/api/v1/views", new).await.expect_problem(409, "view_exists");
    assert!(bob.get("/api/v1/views").await.items().is_empty());
    let place = format!("/api/v1/views/{}", id(&view));
    bob.patch(&place, 1, json!({ "name": "Bob's" })).await.expect_problem(404, "not_found");
    ana.patch(&place, 1, json!({ "is_shared": true })).await.expect(200);
    let shared = bob.get("/api/v1/views").await.items();
    assert_eq!(shared[0]["name"], "Mine");
    assert_eq!(shared[0]["is_default"], false, "a default is its owner's");
    bob.patch(&place, 2, json!({ "name": "Bob's" })).await.expect_problem(403, "not_your_view");
    bob.delete(&place).await.expect_problem(403, "not_your_view");
    ana.patch(&place, 1, json!({ "name": "Late" })).await.expect_problem(412, "version_conflict");
    // Another default takes the place of the first.
    let second = json!({ "organization_id": acme.id, "name": "Second", "query": "", "is_default": true });
    ana.post("/api/v1/views", second).await.expect(201);
    let views = ana.get("/api/v1/views").await.items();
    assert_eq!(views.iter().filter(|view| view["is_default"] == true).count(), 1);
    ana.delete(&place).await.expect(204);
    assert!(bob.get("/api/v1/views").await.items().is_empty());
    // A reader keeps views, but shares none.
    let own = json!({ "organization_id": acme.id, "name": "Mine", "query": "", "is_shared": true });
    eve.post("/api/v1/views", own).await.expect_problem(403, "forbidden");
    let own = json!({ "organization_id": acme.id, "name": "Mine", "query": "" });
    eve.post("/api/v1/views", own).await.expect(201);
}
