//! Saved queues: yours, and those shared with your organization.

use axum::extract::State;
use axum::http::StatusCode;
use platform::audit::{self, Deed};
use platform::error::{OnConstraint, Problem};
use platform::http::Versioned;
use platform::{App, Error, IfMatch, Json, Path, Permission, Permit, Result, Routes, Tx, operations};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use vocab::{OrganizationId, UserId, ViewId};

use super::check_version;
use crate::checks::Checks;
use crate::store::views;
use crate::{TicketsRead, TicketsWrite};

/// Views a person may keep.
const MOST: i64 = 200;

pub fn routes() -> Routes {
    operations![list_views, create_view, update_view, delete_view]
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct View {
    pub id: ViewId,
    pub organization_id: OrganizationId,
    pub owner_id: UserId,
    pub name: String,
    /// The filters as they stand in the URL.
    pub query: String,
    /// Whether everybody who reads the organization's tickets sees it.
    pub is_shared: bool,
    /// Whether it opens first; each person has at most one.
    pub is_default: bool,
    pub version: i32,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Views {
    pub items: Vec<View>,
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewView {
    pub organization_id: OrganizationId,
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    #[schema(max_length = 4000)]
    pub query: String,
    #[serde(default)]
    pub is_shared: bool,
    #[serde(default)]
    pub is_default: bool,
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ViewChange {
    #[schema(min_length = 1, max_length = 100)]
    pub name: Option<String>,
    #[schema(max_length = 4000)]
    pub query: Option<String>,
    pub is_shared: Option<bool>,
    pub is_default: Option<bool>,
}

/// Lists your views and those shared with you.
#[utoipa::path(get, path = "/api/v1/views", tag = "tickets", responses((status = 200, body = Views)))]
async fn list_views(permit: Permit<TicketsRead>, State(app): State<App>) -> Result<Json<Views>> {
    let mut tx = permit.read(&app).await?;
    Ok(Json(Views { items: views::list(&mut tx, &permit.organizations, permit.user_id()).await? }))
}

/// Saves a view. Sharing it takes the permission to work on tickets.
#[utoipa::path(post, path = "/api/v1/views", tag = "tickets", request_body = NewView, responses(
    (status = 201, body = View),
    (status = 404, body = Problem, content_type = "application/problem+json"),
    (status = 409, body = Problem, content_type = "application/problem+json")))]
async fn create_view(
    permit: Permit<TicketsRead>,
    State(app): State<App>,
    Json(new): Json<NewView>,
) -> Result<(StatusCode, Json<View>)> {
    permit.covers(new.organization_id)?;
    let mut checks = Checks::default();
    let view = View {
        id: ViewId::new(),
        organization_id: new.organization_id,
        owner_id: permit.user_id(),
        name: checks.line("name", &new.name, 1, 100),
        query: checks.line("query", &new.query, 0, 4000),
        is_shared: new.is_shared,
        is_default: new.is_default,
        version: 1,
    };
    let view = checks.done(view)?;
    if view.is_shared {
        may_share(&permit, view.organization_id)?;
    }
    let mut tx = permit.begin(&app).await?;
    if views::count(&mut tx, permit.user_id()).await? >= MOST {
        return Err(Error::conflict("too_many_views", format!("A person keeps at most {MOST} views.")));
    }
    if view.is_default {
        views::clear_default(&mut tx, permit.user_id()).await?;
    }
    views::insert(&mut tx, &view)
        .await
        .on_constraint("ticket_views_name_key", taken)
        .on_constraint("ticket_views_default", default_elsewhere)?;
    settle(&mut tx, &permit, "view.created", &view).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(view)))
}

fn taken() -> Error {
    Error::conflict("view_exists", "You have a view of this name already.")
}

/// The default may stand in an organization whose tickets its owner reads no more: it cannot be taken back from here.
fn default_elsewhere() -> Error {
    Error::conflict(
        "default_view_elsewhere",
        "Your default view is in an organization that you no longer see.",
    )
}

/// Changes a view of your own.
#[utoipa::path(patch, path = "/api/v1/views/{id}", tag = "tickets", request_body = ViewChange,
    params(("id" = ViewId, Path), ("If-Match" = String, Header, description = "The version you read, quoted")),
    responses(
    (status = 200, body = View, headers(("ETag" = String))),
    (status = 409, body = Problem, content_type = "application/problem+json")))]
async fn update_view(
    permit: Permit<TicketsRead>,
    State(app): State<App>,
    Path(id): Path<ViewId>,
    IfMatch(version): IfMatch,
    Json(change): Json<ViewChange>,
) -> Result<Versioned<View>> {
    let mut tx = permit.begin(&app).await?;
    let mut view = own(&mut tx, &permit, id).await?;
    check_version(view.version, Some(version))?;
    let mut checks = Checks::default();
    view.name = change.name.map_or(view.name, |name| checks.line("name", &name, 1, 100));
    view.query = change.query.map_or(view.query, |query| checks.line("query", &query, 0, 4000));
    checks.done(())?;
    if change.is_shared == Some(true) && !view.is_shared {
        may_share(&permit, view.organization_id)?;
    }
    view.is_shared = change.is_shared.unwrap_or(view.is_shared);
    if change.is_default == Some(true) {
        views::clear_default(&mut tx, permit.user_id()).await?;
    }
    view.is_default = change.is_default.unwrap_or(view.is_default);
    views::update(&mut tx, &view)
        .await
        .on_constraint("ticket_views_name_key", taken)
        .on_constraint("ticket_views_default", default_elsewhere)?;
    view.version += 1;
    settle(&mut tx, &permit, "view.updated", &view).await?;
    tx.commit().await?;
    Ok(Versioned { version: view.version, body: view })
}

/// Removes a view of your own.
#[utoipa::path(delete, path = "/api/v1/views/{id}", tag = "tickets", params(("id" = ViewId, Path)),
    responses((status = 204)))]
async fn delete_view(
    permit: Permit<TicketsRead>,
    State(app): State<App>,
    Path(id): Path<ViewId>,
) -> Result<StatusCode> {
    let mut tx = permit.begin(&app).await?;
    let view = own(&mut tx, &permit, id).await?;
    views::delete(&mut tx, id).await?;
    settle(&mut tx, &permit, "view.deleted", &view).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What others see is shared by who may change tickets.
fn may_share(permit: &Permit<TicketsRead>, organization: OrganizationId) -> Result<()> {
    match permit.also_may::<TicketsWrite>(organization) {
        true => Ok(()),
        false => Err(Error::forbidden(TicketsWrite::NAME)),
    }
}

/// A shared view may be seen by others but is changed by its owner alone.
async fn own(tx: &mut Tx, permit: &Permit<TicketsRead>, id: ViewId) -> Result<View> {
    let view =
        views::find(tx, &permit.organizations, permit.user_id(), id).await?.ok_or_else(Error::not_found)?;
    if view.owner_id == permit.user_id() {
        return Ok(view);
    }
    Err(Error::problem(StatusCode::FORBIDDEN, "not_your_view", "Only its owner changes a view."))
}

async fn settle(tx: &mut Tx, permit: &Permit<TicketsRead>, action: &'static str, view: &View) -> Result<()> {
    let detail = json!({ "query": view.query, "is_shared": view.is_shared, "is_default": view.is_default });
    let deed =
        Deed::new(action, "view", view.id.uuid()).of(view.organization_id).called(&view.name).with(detail);
    audit::record(tx, &permit.actor, deed).await
}
