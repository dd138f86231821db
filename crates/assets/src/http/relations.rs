//! Relations between assets of one organization.

use axum::extract::State;
use http::StatusCode;
use platform::audit::{self, Deed};
use platform::error::{OnConstraint, Problem};
use platform::page::{Cursor, limit};
use platform::{App, Error, Json, Page, Path, Permit, Query, Result, Routes, Tx, operations};
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;
use vocab::AssetId;

use super::tell;
use crate::model::Asset;
use crate::relations::{AssetRelation, NewAssetRelation, RelationDirection, RelationId};
use crate::{AssetsRead, AssetsWrite, store};

pub fn routes() -> Routes {
    operations!(list_asset_relations, create_asset_relation, delete_asset_relation)
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RelationQuery {
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    pub cursor: Option<String>,
}

/// The relations of an asset, seen from it.
#[utoipa::path(
    get,
    path = "/api/v1/assets/{id}/relations",
    tag = "assets",
    params(("id" = AssetId, Path), RelationQuery),
    responses(
        (status = 200, body = Page<AssetRelation>),
    )
)]
pub async fn list_asset_relations(
    permit: Permit<AssetsRead>,
    State(app): State<App>,
    Path(id): Path<AssetId>,
    Query(query): Query<RelationQuery>,
) -> Result<Json<Page<AssetRelation>>> {
    let limit = limit(query.limit)?;
    let after = query.cursor.as_deref().map(Cursor::read::<RelationId>).transpose()?;
    let mut tx = permit.read(&app).await?;
    known(&mut tx, id).await?;
    let rows = store::relations(&mut tx, id, after, limit + 1).await?;
    Ok(Json(Page::of(rows, limit, |relation| relation.id)?))
}

/// Joins an asset to another of the same organization.
#[utoipa::path(
    post,
    path = "/api/v1/assets/{id}/relations",
    tag = "assets",
    params(("id" = AssetId, Path)),
    request_body = NewAssetRelation,
    responses(
        (status = 201, body = AssetRelation),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "`relation_exists`"),
    )
)]
pub async fn create_asset_relation(
    permit: Permit<AssetsWrite>,
    State(app): State<App>,
    Path(id): Path<AssetId>,
    Json(body): Json<NewAssetRelation>,
) -> Result<(StatusCode, Json<AssetRelation>)> {
    let mut tx = permit.begin(&app).await?;
    let asset = known(&mut tx, id).await?;
    let other = related(&mut tx, &asset, body.asset_id).await?;
    let relation_id = store::insert_relation(&mut tx, asset.organization_id, id, body.kind, other.id)
        .await
        .on_constraint("asset_relations_key", || {
        Error::conflict("relation_exists", "The two are joined like this already.")
    })?;
    let detail = json!({ "kind": body.kind, "asset_id": other.id, "name": other.content.name });
    let deed = Deed::new("asset.related", "asset", id.uuid())
        .of(asset.organization_id)
        .called(&asset.content.name)
        .with(detail);
    audit::record(&mut tx, &permit.actor, deed).await?;
    tell(&mut tx, &asset, "updated").await?;
    tell(&mut tx, &other, "updated").await?;
    tx.commit().await?;
    let relation = AssetRelation {
        id: relation_id,
        kind: body.kind,
        direction: RelationDirection::Outgoing,
        asset: other.card(),
    };
    Ok((StatusCode::CREATED, Json(relation)))
}

/// Parts two assets; either of them may be named.
#[utoipa::path(
    delete,
    path = "/api/v1/assets/{id}/relations/{relation_id}",
    tag = "assets",
    params(("id" = AssetId, Path), ("relation_id" = Uuid, Path)),
    responses(
        (status = 204),
    )
)]
pub async fn delete_asset_relation(
    permit: Permit<AssetsWrite>,
    State(app): State<App>,
    Path((id, relation_id)): Path<(AssetId, RelationId)>,
) -> Result<StatusCode> {
    let mut tx = permit.begin(&app).await?;
    let parted = store::delete_relation(&mut tx, id, relation_id).await?;
    let (first, kind, second) = parted.ok_or_else(Error::not_found)?;
    let (asset, other) = (known(&mut tx, first).await?, known(&mut tx, second).await?);
    let detail = json!({ "kind": kind, "asset_id": other.id, "name": other.content.name });
    let deed = Deed::new("asset.unrelated", "asset", asset.id.uuid())
        .of(asset.organization_id)
        .called(&asset.content.name)
        .with(detail);
    audit::record(&mut tx, &permit.actor, deed).await?;
    tell(&mut tx, &asset, "updated").await?;
    tell(&mut tx, &other, "updated").await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn known(tx: &mut Tx, id: AssetId) -> Result<Asset> {
    store::asset(tx, id).await?.ok_or_else(Error::not_found)
}

/// The other end. What belongs elsewhere is answered like what does not exist.
async fn related(tx: &mut Tx, asset: &Asset, id: AssetId) -> Result<Asset> {
    if id == asset.id {
        return Err(Error::invalid_field("asset_id", "is the asset itself"));
    }
    store::asset(tx, id)
        .await?
        .filter(|other| other.organization_id == asset.organization_id)
        .ok_or_else(|| Error::invalid_field("asset_id", "is not an asset of the same organization"))
}
