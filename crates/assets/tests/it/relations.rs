//! Relations between assets.

use testkit::json;

use crate::{acme, add, path};

#[tokio::test]
async fn a_relation_is_shown_from_both_ends() {
    let (app, acme, manager) = acme().await;
    let shop = add(&manager, &acme, "Shop", json!({})).await;
    let base = add(&manager, &acme, "Base", json!({ "criticality": "critical" })).await;
    let body = json!({ "kind": "depends_on", "asset_id": base["id"] });
    let made = manager.post(&format!("{}/relations", path(&shop)), body.clone()).await.expect(201);
    assert_eq!(made["direction"], "outgoing");
    assert_eq!(made["asset"]["name"], "Base");
    assert_eq!(made["asset"]["criticality"], "critical");
    let seen = manager.get(&path(&base)).await.expect(200);
    assert_eq!(seen["relations"][0]["direction"], "incoming");
    assert_eq!(seen["relations"][0]["kind"], "depends_on");
    assert_eq!(seen["relations"][0]["asset"]["name"], "Shop");
    assert_eq!(manager.get(&format!("{}/relations", path(&shop))).await.items(), [made]);
    let again = manager.post(&format!("{}/relations", path(&shop)), body).await;
    again.expect_problem(409, "relation_exists");
    assert_eq!(app.audit_actions().await.last().map(String::as_str), Some("asset.related"));
}

#[tokio::test]
async fn a_relation_can_be_removed_from_either_end_but_not_from_elsewhere() {
    let (_app, acme, manager) = acme().await;
    let shop = add(&manager, &acme, "Shop", json!({})).await;
    let base = add(&manager, &acme, "Base", json!({})).await;
    let other = add(&manager, &acme, "Other", json!({})).await;
    let body = json!({ "kind": "runs_on", "asset_id": base["id"] });
    let made = manager.post(&format!("{}/relations", path(&shop)), body).await.expect(201);
    let at = |asset| format!("{}/relations/{}", path(asset), made["id"].as_str().unwrap());
    manager.delete(&at(&other)).await.expect_problem(404, "not_found");
    manager.delete(&at(&base)).await.expect(204);
    manager.delete(&at(&shop)).await.expect_problem(404, "not_found");
    assert!(manager.get(&format!("{}/relations", path(&shop))).await.items().is_empty());
}

#[tokio::test]
async fn an_asset_is_not_related_to_itself_nor_to_nothing() {
    let (_app, acme, manager) = acme().await;
    let shop = add(&manager, &acme, "Shop", json!({})).await;
    let at = format!("{}/relations", path(&shop));
    for other in [shop["id"].clone(), json!(acme.id)] {
        let body = json!({ "kind": "part_of", "asset_id": other });
        manager.post(&at, body).await.expect_problem(422, "validation_failed");
    }
}

#[tokio::test]
async fn relations_go_with_the_asset_that_is_removed_and_are_read_in_pages() {
    let (_app, acme, manager) = acme().await;
    let hub = add(&manager, &acme, "Hub", json!({})).await;
    let at = format!("{}/relations", path(&hub));
    let mut spokes = Vec::new();
    for number in 0..5 {
        let spoke = add(&manager, &acme, &format!("Spoke {number}"), json!({})).await;
        manager.post(&at, json!({ "kind": "connects_to", "asset_id": spoke["id"] })).await.expect(201);
        spokes.push(spoke);
    }
    let first = manager.get(&format!("{at}?limit=3")).await.expect(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = manager.get(&format!("{at}?limit=3&cursor={cursor}")).await.expect(200);
    assert_eq!(first["items"].as_array().unwrap().len(), 3);
    assert_eq!(second["items"].as_array().unwrap().len(), 2);
    assert_eq!(second["next_cursor"], json!(null));
    manager.delete(&path(&spokes[0])).await.expect(204);
    assert_eq!(manager.get(&at).await.items().len(), 4);
}
