//! Several processes on one database.

use std::net::IpAddr;
use std::time::Duration;

use assets::Inventory;
use platform::{App, live};
use testkit::{TestApp, json};

use crate::imports::import;
use crate::{acme, add, path};

/// Another process on the same database.
async fn another(app: &TestApp) -> App {
    let inventory = Inventory::load(&app.db).await.unwrap();
    App::builder(app.config.clone(), app.clock.clone(), app.db.clone()).with(inventory).build().unwrap()
}

async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let waited = tokio::time::timeout(Duration::from_secs(20), async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    assert!(waited.await.is_ok(), "{what}");
}

#[tokio::test]
async fn a_process_starts_with_what_is_there_and_follows_what_another_changes() {
    let (app, acme, manager) = acme().await;
    let mail = add(&manager, &acme, "Mail", json!({ "addresses": ["10.0.0.5"] })).await;
    let other = another(&app).await;
    let inventory = other.service::<Inventory>();
    let name = |address: &str| {
        let address: IpAddr = address.parse().unwrap();
        inventory.find(acme.id, address).map(|card| card.name.clone())
    };
    assert_eq!(name("10.0.0.5").as_deref(), Some("Mail"));

    let following = [assets::follow(&other), live::start(&other.live).unwrap()];
    manager.patch(&path(&mail), 1, json!({ "name": "Post" })).await.expect(200);
    until("the edit is followed", || name("10.0.0.5").as_deref() == Some("Post")).await;
    import(&manager, &acme, "", "name,ip\nWeb,10.0.0.6\n").await.expect(200);
    until("the import is followed", || name("10.0.0.6").as_deref() == Some("Web")).await;
    manager.delete(&path(&mail)).await.expect(204);
    until("the removal is followed", || name("10.0.0.5").is_none()).await;
    for task in following {
        task.abort();
    }
}

#[tokio::test]
async fn a_lost_signal_is_healed_by_comparing_revisions() {
    let (app, acme, manager) = acme().await;
    let other = another(&app).await;
    let inventory = other.service::<Inventory>();
    let address = "10.0.0.5".parse().unwrap();
    // Nothing follows, so no signal is heard.
    add(&manager, &acme, "Mail", json!({ "addresses": ["10.0.0.5"] })).await;
    assert!(inventory.find(acme.id, address).is_none());
    inventory.heal(&other.db).await.unwrap();
    assert_eq!(inventory.find(acme.id, address).unwrap().name, "Mail");
}

#[tokio::test]
async fn a_change_that_is_rolled_back_leaves_no_trace_in_memory() {
    let (app, acme, manager) = acme().await;
    add(&manager, &acme, "Mail", json!({ "addresses": ["10.0.0.5"] })).await;
    crate::try_to_add(&manager, &acme, "Web", json!({ "addresses": ["10.0.0.5"] }))
        .await
        .expect_problem(409, "address_taken");
    let inventory = app.service::<Inventory>();
    inventory.heal(&app.db).await.unwrap();
    assert_eq!(inventory.assets(acme.id), 1);
    assert_eq!(inventory.find(acme.id, "10.0.0.5".parse().unwrap()).unwrap().name, "Mail");
}
