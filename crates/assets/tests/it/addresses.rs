//! Who an address is.

use std::net::IpAddr;

use assets::Inventory;
use testkit::json;

use crate::{acme, add, look_up, path};

#[tokio::test]
async fn the_longest_prefix_names_the_asset_and_is_told() {
    let (_app, acme, manager) = acme().await;
    add(&manager, &acme, "Company", json!({ "addresses": ["10.0.0.0/8", "2001:db8::/32"] })).await;
    add(&manager, &acme, "Data centre", json!({ "addresses": ["10.1.0.0/16"] })).await;
    add(&manager, &acme, "Mail", json!({ "addresses": ["10.1.2.3", "2001:db8::25"] })).await;
    for (address, name, prefix) in [
        ("10.1.2.3", "Mail", "10.1.2.3"),
        ("10.1.2.4", "Data centre", "10.1.0.0/16"),
        ("10.9.9.9", "Company", "10.0.0.0/8"),
        ("::ffff:10.1.2.3", "Mail", "10.1.2.3"),
        ("2001:db8::25", "Mail", "2001:db8::25"),
        ("2001:db8::26", "Company", "2001:db8::/32"),
    ] {
        let found = look_up(&manager, &acme, address).await.expect(200);
        assert_eq!(
            (&found["asset"]["name"], &found["matched_prefix"]),
            (&json!(name), &json!(prefix)),
            "{address}"
        );
    }
    look_up(&manager, &acme, "192.0.2.1").await.expect_problem(404, "not_found");
    look_up(&manager, &acme, "10.0.0.0/8").await.expect_problem(422, "validation_failed");
}

#[tokio::test]
async fn only_active_assets_are_found() {
    let (_app, acme, manager) = acme().await;
    let fields = json!({ "addresses": ["10.0.0.5"], "hostnames": ["mail.example.org"], "state": "planned" });
    let mail = add(&manager, &acme, "Mail", fields).await;
    look_up(&manager, &acme, "10.0.0.5").await.expect_problem(404, "not_found");
    manager.patch(&path(&mail), 1, json!({ "state": "active" })).await.expect(200);
    look_up(&manager, &acme, "10.0.0.5").await.expect(200);
    manager.patch(&path(&mail), 2, json!({ "state": "retired" })).await.expect(200);
    look_up(&manager, &acme, "10.0.0.5").await.expect_problem(404, "not_found");
}

#[tokio::test]
async fn what_was_just_written_is_found_at_once() {
    let (app, acme, manager) = acme().await;
    let inventory = app.service::<Inventory>();
    let address: IpAddr = "10.0.0.5".parse().unwrap();
    let mail =
        add(&manager, &acme, "Mail", json!({ "addresses": ["10.0.0.5"], "hostnames": ["mail"] })).await;
    assert_eq!(inventory.find(acme.id, address).unwrap().name, "Mail");
    assert_eq!(inventory.find_by_hostname(acme.id, "MAIL").unwrap().name, "Mail");
    manager.patch(&path(&mail), 1, json!({ "name": "Post", "addresses": ["10.0.0.6"] })).await.expect(200);
    assert!(inventory.find(acme.id, address).is_none());
    assert_eq!(inventory.find(acme.id, "10.0.0.6".parse().unwrap()).unwrap().name, "Post");
    manager.delete(&path(&mail)).await.expect(204);
    assert!(inventory.find(acme.id, "10.0.0.6".parse().unwrap()).is_none());
}

#[tokio::test]
async fn other_modules_read_cards_and_whole_assets_of_what_they_may_see() {
    let (app, acme, manager) = acme().await;
    let mail =
        add(&manager, &acme, "Mail", json!({ "criticality": "high", "addresses": ["10.0.0.5"] })).await;
    let id = mail["id"].as_str().unwrap().parse().unwrap();
    let elsewhere = app.organization("Elsewhere").await;
    for (organization, is_seen) in [(&acme, true), (&elsewhere, false)] {
        let scope = [organization.id];
        let scope = platform::db::Scope::Organizations(&scope);
        let mut tx = app.db.read(scope).await.unwrap();
        let cards = assets::cards(&mut tx, &[id]).await.unwrap();
        assert_eq!(cards.get(&id).map(|card| card.name.as_str()), is_seen.then_some("Mail"));
        let asset = assets::asset(&mut tx, id).await.unwrap();
        assert_eq!(asset.map(|asset| asset.content.addresses.len()), is_seen.then_some(1));
    }
}
