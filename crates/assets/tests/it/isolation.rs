//! What one organization has is nothing to another.

use testkit::json;

use crate::{add, look_up, names, path, start, try_to_add};

#[tokio::test]
async fn an_organization_neither_sees_nor_touches_another_s_assets() {
    let app = start().await;
    let (acme, rival) = (app.organization("Acme").await, app.organization("Rival").await);
    let (ana, rita) = (app.a_soc_manager_of(&acme).await, app.a_soc_manager_of(&rival).await);
    let mail = add(&ana, &acme, "Mail", json!({ "addresses": ["10.0.0.5"], "tags": ["pci"] })).await;
    let theirs = add(&rita, &rival, "Mail", json!({ "addresses": ["10.0.0.5"] })).await;

    for query in ["", "?q=mail", "?tag=pci", "?address=10.0.0.5", "?sort=-updated_at"] {
        let items = rita.get(&format!("/api/v1/assets{query}")).await.items();
        assert!(items.iter().all(|item| item["organization_id"] == json!(rival.id)), "{query}");
    }
    let asked_for = format!("/api/v1/assets?organization_id={}", acme.id);
    assert!(names(&rita.get(&asked_for).await.items()).is_empty());
    rita.get(&path(&mail)).await.expect_problem(404, "not_found");
    rita.patch(&path(&mail), 1, json!({ "name": "x" })).await.expect_problem(404, "not_found");
    rita.delete(&path(&mail)).await.expect_problem(404, "not_found");
    rita.get(&format!("{}/relations", path(&mail))).await.expect_problem(404, "not_found");
    try_to_add(&rita, &acme, "x", json!({})).await.expect_problem(404, "not_found");
    look_up(&rita, &acme, "10.0.0.5").await.expect_problem(404, "not_found");
    crate::imports::import(&rita, &acme, "", "name\nx\n").await.expect_problem(404, "not_found");
    assert_eq!(look_up(&rita, &rival, "10.0.0.5").await.expect(200)["asset"]["id"], theirs["id"]);
    let exported = rita.get("/api/v1/assets/export.csv").await.text();
    assert!(!exported.contains(&acme.id.to_string()));
    assert_eq!(exported.lines().count(), 2);
}

#[tokio::test]
async fn a_relation_stays_within_one_organization_even_for_who_manages_both() {
    let app = start().await;
    let (acme, rival) = (app.organization("Acme").await, app.organization("Rival").await);
    let both = app.someone(&[(Some(&acme), "soc_manager"), (Some(&rival), "soc_manager")]).await;
    let (ours, theirs) = (add(&both, &acme, "a", json!({})).await, add(&both, &rival, "b", json!({})).await);
    let body = json!({ "kind": "depends_on", "asset_id": theirs["id"] });
    let answer = both.post(&format!("{}/relations", path(&ours)), body).await;
    answer.expect_problem(422, "validation_failed");
}

#[tokio::test]
async fn who_only_reads_an_organization_does_not_write_it_by_writing_another() {
    let app = start().await;
    let (acme, rival) = (app.organization("Acme").await, app.organization("Rival").await);
    let ana = app.a_soc_manager_of(&acme).await;
    let mail = add(&ana, &acme, "Mail", json!({})).await;
    let mixed = app.someone(&[(Some(&acme), "viewer"), (Some(&rival), "soc_manager")]).await;
    mixed.get(&path(&mail)).await.expect(200);
    mixed.patch(&path(&mail), 1, json!({ "name": "x" })).await.expect_problem(404, "not_found");
    mixed.delete(&path(&mail)).await.expect_problem(404, "not_found");
    let exported = mixed.get("/api/v1/assets/export.csv").await.text();
    assert_eq!(exported.lines().count(), 1);
}
