//! The policies over HTTP.

use std::collections::BTreeMap;
use std::net::IpAddr;

use axum::extract::State;
use identity::IdentityService;
use platform::error::Problem;
use platform::http::moment;
use platform::{App, Error, Json, Permit, Query, Result, Routes, operations, permission};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use vocab::OrganizationId;

use crate::RouteTable;
use crate::explain::{Question, explain};
use crate::file::PolicyFile;
use crate::model::{Explanation, PoliciesInForce};
use crate::preview::{Preview, preview};
use crate::store::Sight;

permission! {
    pub AuthorizationRead = "authorization:read",
    pub AuthorizationPreview = "authorization:preview",
}

/// A file written by hand is far from it; a table of every role and permission is made of each.
const MOST_PREVIEWED_BYTES: usize = 128 * 1024;

pub fn routes() -> Routes {
    operations![get_policies, get_authorization_matrix, list_operations, explain_decision, preview_policies]
}

/// The policies that this process goes by, and a changed file that it refused.
#[utoipa::path(get, path = "/api/v1/authorization/policies", tag = "authorization",
    responses((status = 200, body = PoliciesInForce)))]
async fn get_policies(
    permit: Permit<AuthorizationRead>,
    State(app): State<App>,
) -> Result<Json<PoliciesInForce>> {
    permit.expect_installation(OF_ALL)?;
    Ok(Json(app.service::<PolicyFile>().in_force()))
}

/// The file names organizations and networks of all.
const OF_ALL: &str = "The policy file is of the whole installation: this is for who works in all of it.";

/// A role of the matrix.
#[derive(Serialize, ToSchema)]
struct MatrixRole {
    name: String,
    description: String,
    inherits: Vec<String>,
    /// Everything it grants, what it inherits included.
    permissions: Vec<String>,
    /// When, where and how its holders may act; empty for always.
    restrictions: Vec<String>,
}

/// A permission of the matrix.
#[derive(Serialize, ToSchema)]
struct MatrixPermission {
    name: String,
    /// How many operations ask for it.
    operations: usize,
}

/// Which role grants what.
#[derive(Serialize, ToSchema)]
struct AuthorizationMatrix {
    roles: Vec<MatrixRole>,
    permissions: Vec<MatrixPermission>,
}

/// Every role and every permission.
#[utoipa::path(get, path = "/api/v1/authorization/matrix", tag = "authorization",
    responses((status = 200, body = AuthorizationMatrix)))]
async fn get_authorization_matrix(
    permit: Permit<AuthorizationRead>,
    State(app): State<App>,
) -> Result<Json<AuthorizationMatrix>> {
    let (policies, table) = (app.service::<IdentityService>().policies(), app.service::<RouteTable>());
    let mut operations: BTreeMap<&str, usize> = policies.permissions().map(|name| (name, 0)).collect();
    for entry in &table.0 {
        if let Some(count) = operations.get_mut(entry.access) {
            *count += 1;
        }
    }
    let permissions = operations
        .into_iter()
        .map(|(name, operations)| MatrixPermission { name: name.to_owned(), operations });
    let roles = policies.roles().map(|role| MatrixRole {
        name: role.name.clone(),
        description: role.description.clone(),
        inherits: role.inherits.clone(),
        permissions: role.permissions.clone(),
        restrictions: role.restrictions_for(permit.is_everywhere()),
    });
    Ok(Json(AuthorizationMatrix { roles: roles.collect(), permissions: permissions.collect() }))
}

/// An operation, and who may call it.
#[derive(Serialize, ToSchema)]
struct OperationAccess {
    method: &'static str,
    path: String,
    operation_id: String,
    /// A permission, `signed_in` or `public`.
    access: &'static str,
    /// The roles that grant it; empty where no permission is asked for.
    roles: Vec<String>,
}

/// Every operation with the roles that may call it.
#[derive(Serialize, ToSchema)]
struct OperationTable {
    items: Vec<OperationAccess>,
}

/// Which role may call what: made of the routes themselves.
#[utoipa::path(get, path = "/api/v1/authorization/operations", tag = "authorization",
    responses((status = 200, body = OperationTable)))]
async fn list_operations(
    _permit: Permit<AuthorizationRead>,
    State(app): State<App>,
) -> Result<Json<OperationTable>> {
    let (policies, table) = (app.service::<IdentityService>().policies(), app.service::<RouteTable>());
    let items = table.0.iter().map(|entry| OperationAccess {
        method: entry.method,
        path: entry.path.clone(),
        operation_id: entry.operation_id.clone(),
        access: entry.access,
        roles: policies
            .roles()
            .filter(|role| role.permissions.iter().any(|name| name == entry.access))
            .map(|role| role.name.clone())
            .collect(),
    });
    Ok(Json(OperationTable { items: items.collect() }))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct WhyQuery {
    /// Whom it is about.
    #[param(max_length = 254)]
    email: String,
    /// Such as `tickets:close`.
    #[param(max_length = 100)]
    permission: String,
    /// Every organization of theirs in your sight, without it.
    organization_id: Option<OrganizationId>,
    /// From where; without it no network is looked at.
    #[param(max_length = 45)]
    address: Option<String>,
    /// When; now, without it.
    #[param(format = DateTime)]
    at: Option<String>,
}

/// Why somebody may or may not do something, in each of their organizations.
#[utoipa::path(get, path = "/api/v1/authorization/why", tag = "authorization", params(WhyQuery),
    responses((status = 200, body = Explanation), (status = 404, body = Problem, content_type = "application/problem+json",
            description = "Nobody of your organizations")))]
async fn explain_decision(
    permit: Permit<AuthorizationRead>,
    State(app): State<App>,
    Query(query): Query<WhyQuery>,
) -> Result<Json<Explanation>> {
    if query.email.contains('\0') || query.permission.contains('\0') {
        return Err(Error::not_found());
    }
    if let Some(organization) = query.organization_id {
        permit.covers(organization)?;
    }
    let address = query.address.as_deref().map(str::parse::<IpAddr>).transpose();
    let address = address.map_err(|_| Error::invalid_field("address", "is not an IP address"))?;
    let question = Question {
        email: query.email.trim(),
        permission: &query.permission,
        organization: query.organization_id,
        address,
        at: moment("at", query.at.as_deref())?.unwrap_or_else(|| app.clock.now()),
    };
    let sight = Sight { organizations: &permit.organizations, is_everywhere: permit.is_everywhere() };
    crate::decisions::flush(&app).await;
    let mut tx = permit.read(&app).await?;
    Ok(Json(explain(&app, &mut tx, sight, &question).await?))
}

/// A policy file to be looked at; nothing of it is kept.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PolicyText {
    #[schema(max_length = 131072)]
    text: String,
}

/// Checks a changed policy file, and asks the decisions of the last 30 days in your organizations again.
#[utoipa::path(post, path = "/api/v1/authorization/preview", tag = "authorization", request_body = PolicyText,
    responses((status = 200, body = Preview)))]
async fn preview_policies(
    permit: Permit<AuthorizationPreview>,
    State(app): State<App>,
    Json(body): Json<PolicyText>,
) -> Result<Json<Preview>> {
    if body.text.len() > MOST_PREVIEWED_BYTES {
        return Err(Error::invalid_field("text", "is longer than 131072 bytes"));
    }
    permit.expect_installation(OF_ALL)?;
    crate::decisions::flush(&app).await;
    let mut tx = permit.read(&app).await?;
    Ok(Json(preview(&app, &mut tx, body.text).await?))
}
