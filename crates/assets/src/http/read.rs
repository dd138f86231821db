//! Lists, one asset, and who an address is.

use std::net::IpAddr;

use axum::extract::State;
use detection::urgency::Criticality;
use platform::error::Problem;
use platform::http::{Versioned, several};
use platform::page::{Cursor, limit};
use platform::{App, Error, Json, Page, Path, Permit, Query, Result, Routes, operations};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use vocab::{AssetId, OrganizationId};

use crate::inventory::Inventory;
use crate::model::{Asset, AssetKind, AssetState};
use crate::relations::AssetRelation;
use crate::store::{self, AssetSort, Filter, Place};
use crate::{AssetsRead, OpenTickets, TicketsRead, fields};

pub fn routes() -> Routes {
    operations!(list_assets, look_up_asset, get_asset)
}

/// What a list shows, by which order, and where it goes on. Several values are comma separated.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AssetQuery {
    /// Words of name, hostnames, addresses, owner, department, tags and description; their beginning will do.
    #[param(max_length = 200)]
    pub q: Option<String>,
    #[param(value_type = Option<Vec<OrganizationId>>, style = Form, explode = false)]
    pub organization_id: Option<String>,
    #[param(value_type = Option<Vec<AssetKind>>, style = Form, explode = false)]
    pub kind: Option<String>,
    #[param(value_type = Option<Vec<Criticality>>, style = Form, explode = false)]
    pub criticality: Option<String>,
    #[param(value_type = Option<Vec<AssetState>>, style = Form, explode = false)]
    pub state: Option<String>,
    /// Assets that have all of these tags.
    #[param(value_type = Option<Vec<String>>, style = Form, explode = false)]
    pub tag: Option<String>,
    /// Assets with a network that holds this address or network, or lies inside it.
    pub address: Option<String>,
    #[param(value_type = Option<AssetSort>, inline)]
    pub sort: Option<String>,
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    pub cursor: Option<String>,
}

impl AssetQuery {
    /// What is asked for, within what is permitted.
    pub fn filter<P: platform::Permission>(&self, permit: &Permit<P>) -> Result<Filter> {
        let words = match &self.q {
            Some(text) => fields::line(text, 200).map_err(|message| Error::invalid_field("q", message))?,
            None => None,
        };
        let tags = several::<String>("tag", self.tag.as_deref())?
            .iter()
            .map(|text| fields::tag(text).map_err(|message| Error::invalid_field("tag", message)))
            .collect::<Result<Vec<_>>>()?;
        let address = match self.address.as_deref().filter(|text| !text.trim().is_empty()) {
            Some(text) => {
                Some(text.parse().map_err(|message: String| Error::invalid_field("address", message))?)
            }
            None => None,
        };
        Ok(Filter {
            organizations: permit.narrowed(&several("organization_id", self.organization_id.as_deref())?),
            words,
            kinds: several("kind", self.kind.as_deref())?,
            criticalities: several("criticality", self.criticality.as_deref())?,
            states: several("state", self.state.as_deref())?,
            tags,
            address,
        })
    }

    pub fn sort(&self) -> Result<AssetSort> {
        match self.sort.as_deref() {
            None => Ok(AssetSort::Name),
            Some(text) => text
                .parse()
                .map_err(|error: vocab::UnknownValue| Error::invalid_field("sort", error.to_string())),
        }
    }
}

/// The assets the caller may see.
#[utoipa::path(get, path = "/api/v1/assets", tag = "assets", params(AssetQuery),
    responses((status = 200, body = Page<Asset>)))]
pub async fn list_assets(
    permit: Permit<AssetsRead>,
    State(app): State<App>,
    Query(query): Query<AssetQuery>,
) -> Result<Json<Page<Asset>>> {
    let (filter, sort, limit) = (query.filter(&permit)?, query.sort()?, limit(query.limit)?);
    let after = query.cursor.as_deref().map(Cursor::read::<Place>).transpose()?;
    let mut tx = permit.read(&app).await?;
    let rows = store::list(&mut tx, &filter, sort, after.as_ref(), limit + 1).await?;
    let Page { items, next_cursor } = Page::of(rows, limit, |(_, place)| place.clone())?;
    Ok(Json(Page { items: items.into_iter().map(|(asset, _)| asset).collect(), next_cursor }))
}

/// An asset with what belongs to it.
#[derive(Debug, Serialize, ToSchema)]
pub struct AssetDetail {
    #[serde(flatten)]
    pub asset: Asset,
    /// The first 100; the rest is under `/relations`.
    pub relations: Vec<AssetRelation>,
    /// Tickets not yet resolved that name it; null for who may not read tickets there.
    pub open_tickets: Option<i64>,
}

/// One asset.
#[utoipa::path(get, path = "/api/v1/assets/{id}", tag = "assets", params(("id" = AssetId, Path)),
    responses((status = 200, body = AssetDetail, headers(("ETag" = String)))))]
pub async fn get_asset(
    permit: Permit<AssetsRead>,
    State(app): State<App>,
    Path(id): Path<AssetId>,
) -> Result<Versioned<AssetDetail>> {
    let mut tx = permit.read(&app).await?;
    let asset = store::asset(&mut tx, id).await?.ok_or_else(Error::not_found)?;
    let relations = store::relations(&mut tx, id, None, 100).await?;
    let open_tickets = match app.find_service::<OpenTickets>() {
        Some(count) if permit.also_may::<TicketsRead>(asset.organization_id) => {
            Some(count.of(&mut tx, &asset).await?)
        }
        _ => None,
    };
    Ok(Versioned { version: asset.version, body: AssetDetail { asset, relations, open_tickets } })
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LookUp {
    pub organization_id: OrganizationId,
    #[param(value_type = String)]
    pub address: IpAddr,
}

/// Who an address is.
#[derive(Debug, Serialize, ToSchema)]
pub struct AssetMatch {
    pub asset: Asset,
    /// The host or network of the asset that holds the address: the longest of all.
    pub matched_prefix: String,
}

/// Finds the active asset of an address.
#[utoipa::path(
    get,
    path = "/api/v1/assets/lookup",
    tag = "assets",
    params(LookUp),
    responses(
        (status = 200, body = AssetMatch),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn look_up_asset(
    permit: Permit<AssetsRead>,
    State(app): State<App>,
    Query(query): Query<LookUp>,
) -> Result<Json<AssetMatch>> {
    permit.covers(query.organization_id)?;
    let found = app.service::<Inventory>().find_with_prefix(query.organization_id, query.address);
    let (prefix, card) = found.ok_or_else(Error::not_found)?;
    let mut tx = permit.read(&app).await?;
    let asset = store::asset(&mut tx, card.id).await?.ok_or_else(Error::not_found)?;
    let matched_prefix = crate::address::Address::from_net(prefix).to_string();
    Ok(Json(AssetMatch { asset, matched_prefix }))
}
