//! The specification of assets, through HTTP on a database of its own for each test.
#![expect(clippy::unwrap_used, reason = "a test ends where it goes wrong")]

mod addresses;
mod description;
mod edits;
mod exports;
mod imports;
mod isolation;
mod lists;
mod nodes;
mod relations;

use assets::Inventory;
use testkit::{Actor, Answer, Organization, Setup, TestApp, Value, json};

/// A process with assets.
async fn start() -> TestApp {
    let setup = Setup::default().install(|builder| builder.with(Inventory::default()));
    TestApp::start_with(vec![assets::module()], setup).await
}

/// A process with an organization and somebody who may do everything with its assets.
async fn acme() -> (TestApp, Organization, Actor) {
    let app = start().await;
    let acme = app.organization("Acme").await;
    let manager = app.a_soc_manager_of(&acme).await;
    (app, acme, manager)
}

/// Adds an asset and gives it back.
async fn add(actor: &Actor, organization: &Organization, name: &str, fields: Value) -> Value {
    try_to_add(actor, organization, name, fields).await.expect(201)
}

async fn try_to_add(actor: &Actor, organization: &Organization, name: &str, fields: Value) -> Answer {
    let mut body = json!({ "organization_id": organization.id, "name": name });
    for (field, value) in fields.as_object().into_iter().flatten() {
        body[field] = value.clone();
    }
    actor.post("/api/v1/assets", body).await
}

fn path(asset: &Value) -> String {
    format!("/api/v1/assets/{}", asset["id"].as_str().unwrap())
}

fn names(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["name"].as_str().unwrap()).collect()
}

async fn look_up(actor: &Actor, organization: &Organization, address: &str) -> Answer {
    actor.get(&format!("/api/v1/assets/lookup?organization_id={}&address={address}", organization.id)).await
}
