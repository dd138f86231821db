//! The routes under `/api/v1/assets`.

mod change;
mod export;
mod import;
mod read;
mod relations;

use platform::error::FieldError;
use platform::live::{self, Change};
use platform::{App, Error, Result, Routes, Tx};
use serde_json::json;
use vocab::{AssetId, OrganizationId};

use crate::address::Address;
use crate::inventory::Inventory;
use crate::model::{Asset, AssetState};
use crate::store;

pub fn routes() -> Routes {
    read::routes()
        .merge(change::routes())
        .merge(relations::routes())
        .merge(import::routes())
        .merge(export::routes())
}

/// Commits, and answers only when this process finds what was written: callers read their own writes.
async fn commit(app: &App, tx: Tx, organization: OrganizationId, revision: i64) -> Result<()> {
    tx.commit().await?;
    let inventory = app.service::<Inventory>();
    if let Err(error) = inventory.refresh(&app.db, organization, revision).await {
        // The change is made; following the signal brings the table up to date.
        tracing::warn!(?error, "the assets in memory are old for a moment");
    }
    Ok(())
}

/// Tells the browsers of the organization.
async fn tell(tx: &mut Tx, asset: &Asset, change: &str) -> Result<()> {
    let content = &asset.content;
    let data = json!({
        "name": content.name, "criticality": content.criticality, "state": content.state, "version": asset.version,
    });
    let change = Change {
        topic: "assets",
        organization: Some(asset.organization_id),
        id: asset.id.uuid(),
        change,
        data: Some(data),
    };
    live::tell(tx, change).await?;
    Ok(())
}

fn name_taken(name: &str) -> Error {
    let message = format!("\"{name}\" is the name of another asset of this organization");
    Error::conflict("name_taken", format!("{message}."))
        .with_errors(vec![FieldError { path: "name".to_owned(), message }])
}

/// Refuses addresses that another asset has, naming it.
async fn refuse_held_addresses(
    tx: &mut Tx,
    organization: OrganizationId,
    addresses: &[Address],
    own: Option<AssetId>,
) -> Result<()> {
    let errors = store::holders(tx, organization, addresses)
        .await?
        .iter()
        .filter(|holder| Some(holder.asset_id) != own)
        .map(|holder| FieldError { path: "addresses".to_owned(), message: holder.to_string() })
        .collect::<Vec<_>>();
    if errors.is_empty() { Ok(()) } else { Err(address_taken(errors)) }
}

fn address_taken(errors: Vec<FieldError>) -> Error {
    let detail = errors.iter().map(|error| error.message.as_str()).collect::<Vec<_>>().join("; ");
    Error::conflict("address_taken", format!("One address names one asset: {detail}.")).with_errors(errors)
}

/// For the race that the revision's lock leaves no room for.
fn some_address_taken() -> Error {
    address_taken(vec![FieldError {
        path: "addresses".to_owned(),
        message: "another asset has one of them".to_owned(),
    }])
}

impl std::fmt::Display for store::Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} belongs to \"{}\"", self.address, self.name)?;
        match self.state {
            AssetState::Retired => f.write_str(", which is retired: remove it there first"),
            AssetState::Planned | AssetState::Active => Ok(()),
        }
    }
}
