//! What a signed-in person is told of themselves.

use std::collections::{BTreeMap, BTreeSet};

use platform::db::Scope;
use platform::{App, Error, Principal, Result};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use vocab::{OrganizationId, SessionId, UserId};

use crate::limits;
use crate::model::{ColorScheme, Locale, Membership, Preferences};
use crate::service::IdentityService;
use crate::store;

/// More organizations than this are not told at once; lists of organizations are pages.
const MOST_ORGANIZATIONS: i64 = 1000;

/// Who is signed in, and what they may do where.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    pub user: MyUser,
    pub must_change_password: bool,
    /// Until a second factor is set up and shown, nothing else is allowed.
    pub must_show_second_factor: bool,
    /// Permission to the organizations where it lets them do something.
    pub permissions: BTreeMap<String, Vec<OrganizationId>>,
    /// Permissions that hold in organizations to come too.
    pub permissions_everywhere: Vec<String>,
    pub organizations: Vec<MyOrganization>,
    pub roles: Vec<Membership>,
    pub session: MySession,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct MyUser {
    pub id: UserId,
    pub email: String,
    pub display_name: String,
    pub locale: Option<Locale>,
    pub color_scheme: ColorScheme,
    pub preferences: Preferences,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct MyOrganization {
    pub id: OrganizationId,
    pub name: String,
    pub slug: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct MySession {
    pub id: SessionId,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    pub expires_at: OffsetDateTime,
    /// When it ends unless something is asked before.
    #[serde(with = "time::serde::rfc3339")]
    pub idle_expires_at: OffsetDateTime,
}

/// What the signed-in `principal` is told of themselves; also part of the first page.
pub async fn me(app: &App, principal: &Principal) -> Result<Me> {
    let service = app.service::<IdentityService>();
    let now = app.clock.now();
    let standing =
        store::sessions::standing(app, principal.session_id, now, now - service.limits.idle).await?;
    let standing = standing.ok_or_else(Error::unauthenticated)?;
    let organizations: BTreeSet<OrganizationId> =
        principal.grants.values().flat_map(|held| held.iter()).copied().collect();
    let organizations: Vec<OrganizationId> = organizations.into_iter().collect();
    let mut tx = app.db.read(Scope::Organizations(&[])).await?;
    let own = store::users::find_own(&mut tx, principal.user_id).await?.ok_or_else(Error::unauthenticated)?;
    let organizations = store::organizations::list(&mut tx, &organizations, None, MOST_ORGANIZATIONS).await?;
    let expires_at = standing.expires_at;
    Ok(Me {
        user: MyUser {
            id: principal.user_id,
            email: standing.email,
            display_name: own.display_name,
            locale: own.locale,
            color_scheme: own.color_scheme,
            preferences: own.preferences.0,
        },
        must_change_password: standing.must_change_password,
        must_show_second_factor: principal.must_show_second_factor,
        permissions: permissions(principal),
        permissions_everywhere: permissions_everywhere(principal),
        organizations: organizations
            .into_iter()
            .map(|organization| MyOrganization {
                id: organization.id,
                name: organization.name,
                slug: organization.slug,
            })
            .collect(),
        roles: standing.memberships,
        session: MySession {
            id: principal.session_id,
            created_at: standing.created_at,
            expires_at,
            idle_expires_at: expires_at.min(standing.last_seen_at.max(now) + service.limits.idle),
        },
    })
}

fn permissions(principal: &Principal) -> BTreeMap<String, Vec<OrganizationId>> {
    let held = principal.grants.iter();
    let of_use = held.map(|(name, held)| (name.clone(), limits::of_use(&principal.limits, name, held)));
    of_use.filter(|(_, organizations)| !organizations.is_empty()).collect()
}

fn permissions_everywhere(principal: &Principal) -> Vec<String> {
    let held = principal.permissions_everywhere.iter();
    held.filter(|name| !principal.limits.is_everywhere || limits::is_asked_or_read(name)).cloned().collect()
}
