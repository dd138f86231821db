//! The role matrix.

use axum::extract::State;
use platform::{App, Json, Permit, Result, Routes, operations};
use serde::Serialize;
use std::collections::BTreeSet;
use utoipa::ToSchema;

use super::RolesRead;
use crate::service::IdentityService;

pub fn routes() -> Routes {
    operations![list_roles]
}

/// A role of the policy file.
#[derive(Serialize, ToSchema)]
struct RoleView {
    name: String,
    description: String,
    /// Everything it grants, what it inherits included.
    permissions: Vec<String>,
    /// When and where its holders may act; empty for always and everywhere.
    restrictions: Vec<String>,
}

#[derive(Serialize, ToSchema)]
struct RoleMatrix {
    items: Vec<RoleView>,
    /// Every permission that some role grants.
    permissions: Vec<String>,
}

/// Which role grants what.
#[utoipa::path(get, path = "/api/v1/roles", tag = "users", responses((status = 200, body = RoleMatrix)))]
async fn list_roles(permit: Permit<RolesRead>, State(app): State<App>) -> Result<Json<RoleMatrix>> {
    let service = app.service::<IdentityService>();
    let mut permissions = BTreeSet::new();
    let items = service
        .policies()
        .roles()
        .map(|role| {
            permissions.extend(role.permissions.iter().cloned());
            RoleView {
                name: role.name.clone(),
                description: role.description.clone(),
                permissions: role.permissions.clone(),
                restrictions: role.restrictions_for(permit.is_everywhere()),
            }
        })
        .collect();
    Ok(Json(RoleMatrix { items, permissions: permissions.into_iter().collect() }))
}
