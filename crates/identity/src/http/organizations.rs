//! Organizations.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use platform::audit::{Deed, record};
use platform::error::{OnConstraint, Problem};
use platform::http::Versioned;
use platform::live::{Change, tell};
use platform::page::limit;
use platform::{
    App, Cursor, Error, IfMatch, Json, Page, Path, Permit, Query, Result, Routes, Tx, operations,
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use vocab::OrganizationId;

use super::{OrganizationsRead, OrganizationsWrite, check_cursor};
use crate::model::{Organization, check_name, check_slug, field_errors, slug_of};
use crate::signals::{Changed, commit};
use crate::store::organizations as store;

pub fn routes() -> Routes {
    operations![list_organizations, create_organization, update_organization]
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct OrganizationsQuery {
    cursor: Option<String>,
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

/// The caller's organizations, by name.
#[utoipa::path(get, path = "/api/v1/organizations", tag = "organizations", params(OrganizationsQuery),
    responses((status = 200, body = Page<Organization>)))]
async fn list_organizations(
    permit: Permit<OrganizationsRead>,
    State(app): State<App>,
    Query(query): Query<OrganizationsQuery>,
) -> Result<Json<Page<Organization>>> {
    let limit = limit(query.limit)?;
    let after: Option<String> = query.cursor.as_deref().map(Cursor::read).transpose()?;
    after.as_deref().map_or(Ok(()), check_cursor)?;
    let mut tx = permit.read(&app).await?;
    let rows = store::list(&mut tx, &permit.organizations, after.as_deref(), limit + 1).await?;
    Ok(Json(Page::of(rows, limit, |organization| organization.name.to_lowercase())?))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewOrganization {
    #[schema(min_length = 1, max_length = 120)]
    name: String,
    /// For addresses; made of the name when absent.
    slug: Option<String>,
}

/// Adds an organization.
#[utoipa::path(post, path = "/api/v1/organizations", tag = "organizations", request_body = NewOrganization, responses(
    (status = 201, body = Organization),
    (status = 409, body = Problem, content_type = "application/problem+json", description = "name_taken, slug_taken"),
))]
async fn create_organization(
    permit: Permit<OrganizationsWrite>,
    State(app): State<App>,
    Json(new): Json<NewOrganization>,
) -> Result<Response> {
    permit.expect_installation("Organizations are added by who administers all of them.")?;
    let mut tx = permit.begin(&app).await?;
    let organization = insert(&mut tx, &new.name, new.slug.as_deref()).await?;
    announce(&mut tx, &permit, "organization.created", "created", &organization).await?;
    commit(&app, tx, &[Changed::Organizations]).await?;
    let version = organization.version;
    Ok((StatusCode::CREATED, Versioned { version, body: organization }).into_response())
}

/// Checks and adds an organization.
pub async fn insert(tx: &mut Tx, sent_name: &str, slug: Option<&str>) -> Result<Organization> {
    let name = sent_name.trim();
    let made = slug.map(str::to_owned).or_else(|| slug_of(name));
    let slug = made.unwrap_or_default();
    let errors = field_errors([("name", check_name(sent_name)), ("slug", check_slug(&slug))]);
    if !errors.is_empty() {
        return Err(Error::invalid(errors));
    }
    store::insert(tx, name, &slug)
        .await
        .on_constraint("organizations_name_key", name_taken)
        .on_constraint("organizations_slug_key", || {
            Error::conflict("slug_taken", "Another organization has this short name.")
        })
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OrganizationChange {
    #[schema(min_length = 1, max_length = 120)]
    name: String,
}

/// Renames an organization.
#[utoipa::path(patch, path = "/api/v1/organizations/{id}", tag = "organizations",
    params(("id" = OrganizationId, Path), ("If-Match" = String, Header, description = "The version read, quoted")),
    request_body = OrganizationChange, responses(
        (status = 200, body = Organization, headers(("ETag" = String))),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "name_taken"),
        (status = 412, body = Problem, content_type = "application/problem+json", description = "version_conflict"),
    ))]
async fn update_organization(
    permit: Permit<OrganizationsWrite>,
    State(app): State<App>,
    Path(id): Path<OrganizationId>,
    IfMatch(version): IfMatch,
    Json(change): Json<OrganizationChange>,
) -> Result<Versioned<Organization>> {
    permit.covers(id)?;
    let name = change.name.trim();
    let errors = field_errors([("name", check_name(&change.name))]);
    if !errors.is_empty() {
        return Err(Error::invalid(errors));
    }
    let mut tx = permit.begin(&app).await?;
    let renamed = store::rename(&mut tx, id, version, name)
        .await
        .on_constraint("organizations_name_key", name_taken)?;
    let Some(organization) = renamed else {
        let current = store::version(&mut tx, id).await?.ok_or_else(Error::not_found)?;
        return Err(Error::version_conflict(current));
    };
    announce(&mut tx, &permit, "organization.updated", "updated", &organization).await?;
    tx.commit().await?;
    Ok(Versioned { version: organization.version, body: organization })
}

async fn announce(
    tx: &mut Tx,
    permit: &Permit<OrganizationsWrite>,
    action: &'static str,
    change: &str,
    organization: &Organization,
) -> Result<()> {
    let id = organization.id;
    let deed = Deed::new(action, "organization", id.uuid())
        .of(id)
        .called(&organization.name)
        .with(serde_json::json!({ "name": organization.name, "slug": organization.slug }));
    record(tx, &permit.actor, deed).await?;
    tell(tx, Change { topic: "organizations", organization: Some(id), id: id.uuid(), change, data: None })
        .await?;
    Ok(())
}

fn name_taken() -> Error {
    Error::conflict("name_taken", "Another organization has this name.")
}
