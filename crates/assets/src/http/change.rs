//! Adding, editing and removing one asset.

use axum::extract::State;
use axum::response::IntoResponse;
use http::{HeaderName, StatusCode, header};
use platform::audit::{self, Deed};
use platform::error::{OnConstraint, Problem};
use platform::http::Versioned;
use platform::{App, Error, IfMatch, Json, Path, Permit, Result, Routes, Tx, operations};
use vocab::{AssetId, OrganizationId};

use super::{commit, name_taken, refuse_held_addresses, some_address_taken, tell};
use crate::AssetsWrite;
use crate::model::{Asset, AssetChange, AssetContent, NewAsset};
use crate::store;

pub fn routes() -> Routes {
    operations!(create_asset, update_asset, delete_asset)
}

/// Adds an asset.
#[utoipa::path(
    post,
    path = "/api/v1/assets",
    tag = "assets",
    request_body = NewAsset,
    responses(
        (status = 201, body = Asset, headers(("Location" = String), ("ETag" = String))),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "`name_taken` or `address_taken`"),
    )
)]
pub async fn create_asset(
    permit: Permit<AssetsWrite>,
    State(app): State<App>,
    Json(body): Json<NewAsset>,
) -> Result<impl IntoResponse> {
    let organization = body.organization_id;
    permit.covers(organization)?;
    let content = body.check()?;
    let mut tx = permit.begin(&app).await?;
    let revision = store::next_revision(&mut tx, organization).await?;
    let asset = add(&mut tx, organization, &content).await?;
    let deed = Deed::new("asset.created", "asset", asset.id.uuid())
        .of(organization)
        .called(&content.name)
        .with(serde_json::to_value(&content)?);
    audit::record(&mut tx, &permit.actor, deed).await?;
    tell(&mut tx, &asset, "created").await?;
    commit(&app, tx, organization, revision).await?;
    Ok((StatusCode::CREATED, [location(asset.id)], Versioned { version: asset.version, body: asset }))
}

/// Edits an asset of the version read.
#[utoipa::path(
    patch,
    path = "/api/v1/assets/{id}",
    tag = "assets",
    params(("id" = AssetId, Path), ("If-Match" = String, Header, description = "The version read, quoted: `\"3\"`")),
    request_body = AssetChange,
    responses(
        (status = 200, body = Asset, headers(("ETag" = String))),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "`name_taken` or `address_taken`"),
        (status = 412, body = Problem, content_type = "application/problem+json", description = "`version_conflict`: nothing was overwritten"),
    )
)]
pub async fn update_asset(
    permit: Permit<AssetsWrite>,
    State(app): State<App>,
    Path(id): Path<AssetId>,
    IfMatch(version): IfMatch,
    Json(body): Json<AssetChange>,
) -> Result<Versioned<Asset>> {
    let mut tx = permit.begin(&app).await?;
    let before = of_version(&mut tx, id, version).await?;
    let content = body.apply(&before.content)?;
    if content == before.content {
        return Ok(Versioned { version, body: before });
    }
    let organization = before.organization_id;
    let revision = store::next_revision(&mut tx, organization).await?;
    let after = edit(&mut tx, &before, &content).await?;
    let deed = Deed::new("asset.updated", "asset", id.uuid())
        .of(organization)
        .called(&content.name)
        .with(audit::changes(&before.content, &content)?.into());
    audit::record(&mut tx, &permit.actor, deed).await?;
    tell(&mut tx, &after, "updated").await?;
    commit(&app, tx, organization, revision).await?;
    Ok(Versioned { version: after.version, body: after })
}

/// Removes an asset that was entered by mistake. What has been in use is retired instead: alerts and tickets keep
/// naming it.
#[utoipa::path(delete, path = "/api/v1/assets/{id}", tag = "assets", params(("id" = AssetId, Path)),
    responses((status = 204)))]
pub async fn delete_asset(
    permit: Permit<AssetsWrite>,
    State(app): State<App>,
    Path(id): Path<AssetId>,
) -> Result<StatusCode> {
    let mut tx = permit.begin(&app).await?;
    let asset = store::asset(&mut tx, id).await?.ok_or_else(Error::not_found)?;
    let organization = asset.organization_id;
    let revision = store::next_revision(&mut tx, organization).await?;
    if !store::delete(&mut tx, id).await? {
        return Err(Error::not_found());
    }
    let deed = Deed::new("asset.deleted", "asset", id.uuid())
        .of(organization)
        .called(&asset.content.name)
        .with(serde_json::to_value(&asset.content)?);
    audit::record(&mut tx, &permit.actor, deed).await?;
    tell(&mut tx, &asset, "deleted").await?;
    commit(&app, tx, organization, revision).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn add(tx: &mut Tx, organization: OrganizationId, content: &AssetContent) -> Result<Asset> {
    refuse_held_addresses(tx, organization, &content.addresses, None).await?;
    let id = AssetId::new();
    store::insert(tx, id, organization, content)
        .await
        .on_constraint("assets_name_key", || name_taken(&content.name))?;
    store::replace_addresses(tx, organization, id, &content.addresses)
        .await
        .on_constraint("asset_addresses_key", some_address_taken)?;
    written(tx, id).await
}

async fn edit(tx: &mut Tx, before: &Asset, content: &AssetContent) -> Result<Asset> {
    let (id, organization) = (before.id, before.organization_id);
    if content.addresses != before.content.addresses {
        refuse_held_addresses(tx, organization, &content.addresses, Some(id)).await?;
    }
    let is_written = store::update(tx, id, before.version, content)
        .await
        .on_constraint("assets_name_key", || name_taken(&content.name))?;
    if !is_written {
        // Somebody was faster between our reading and the lock.
        of_version(tx, id, before.version).await?;
    }
    store::replace_addresses(tx, organization, id, &content.addresses)
        .await
        .on_constraint("asset_addresses_key", some_address_taken)?;
    written(tx, id).await
}

/// The asset, if it still is of the version the caller read.
async fn of_version(tx: &mut Tx, id: AssetId, version: i32) -> Result<Asset> {
    let asset = store::asset(tx, id).await?.ok_or_else(Error::not_found)?;
    if asset.version == version { Ok(asset) } else { Err(Error::version_conflict(asset.version)) }
}

async fn written(tx: &mut Tx, id: AssetId) -> Result<Asset> {
    store::asset(tx, id).await?.ok_or_else(Error::not_found)
}

fn location(id: AssetId) -> (HeaderName, String) {
    (header::LOCATION, format!("/api/v1/assets/{id}"))
}
