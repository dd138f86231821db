//! People and their memberships.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use platform::error::{OnConstraint, Problem};
use platform::http::Versioned;
use platform::page::limit;
use platform::{App, Cursor, Error, IfMatch, Json, Page, Path, Permit, Query, Result, Routes, operations};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use vocab::{OrganizationId, UserId};

use super::{TicketsRead, UsersRead, UsersWrite, check_cursor};
use crate::model::{
    Membership, NewUser, check_email, check_memberships, check_name, field_errors, normal_email,
};
use crate::password::{Password, first_password, judge};
use crate::rights::{check_gift, check_somebody_else, check_strength, check_whole_person, covers, sight};
use crate::service::IdentityService;
use crate::signals::{Changed, commit};
use crate::store::users::{self as store, Assignable, User};
use crate::{announce, store::sessions};

pub fn routes() -> Routes {
    operations![list_users, create_user, update_user, list_assignable_users]
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct UsersQuery {
    cursor: Option<String>,
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

/// The people of the caller's organizations, by name.
#[utoipa::path(get, path = "/api/v1/users", tag = "users", params(UsersQuery),
    responses((status = 200, body = Page<User>)))]
async fn list_users(
    permit: Permit<UsersRead>,
    State(app): State<App>,
    Query(query): Query<UsersQuery>,
) -> Result<Json<Page<User>>> {
    let limit = limit(query.limit)?;
    let after: Option<(String, UserId)> = query.cursor.as_deref().map(Cursor::read).transpose()?;
    after.as_ref().map_or(Ok(()), |(name, _)| check_cursor(name))?;
    let mut tx = permit.read(&app).await?;
    let rows = store::list(&mut tx, sight(&permit), after, limit + 1).await?;
    Ok(Json(Page::of(rows, limit, |user| (user.sort_name.clone(), user.id))?))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UserDraft {
    #[schema(max_length = 254)]
    email: String,
    #[schema(min_length = 1, max_length = 120)]
    display_name: String,
    memberships: Vec<Membership>,
    /// Made by us when absent. Either must be changed at the first sign-in.
    #[schema(value_type = Option<String>, format = Password, min_length = 15, max_length = 1024)]
    password: Option<Password>,
}

#[derive(Serialize, ToSchema)]
struct CreatedUser {
    user: User,
    /// Shown this once; absent when the caller chose one.
    #[serde(skip_serializing_if = "Option::is_none")]
    initial_password: Option<String>,
}

/// Adds somebody.
#[utoipa::path(post, path = "/api/v1/users", tag = "users", request_body = UserDraft, responses(
    (status = 201, body = CreatedUser),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "beyond_own_permissions"),
    (status = 409, body = Problem, content_type = "application/problem+json", description = "email_taken"),
    (status = 429, body = Problem, content_type = "application/problem+json"),
))]
async fn create_user(
    permit: Permit<UsersWrite>,
    State(app): State<App>,
    Json(draft): Json<UserDraft>,
) -> Result<Response> {
    let service = app.service::<IdentityService>();
    let email = normal_email(&draft.email);
    let display_name = draft.display_name.trim().to_owned();
    check_draft(&service, &email, &display_name, &draft)?;
    check_gift(&service.policies(), &permit, &draft.memberships)?;
    let (password, initial_password) = first_password(draft.password);
    let password_hash = service.passwords.hash(&password).await?;
    let new = NewUser {
        email,
        display_name,
        password_hash,
        must_change_password: true,
        memberships: draft.memberships,
    };
    let mut tx = permit.begin(&app).await?;
    let id = store::insert(&mut tx, &new).await.on_constraint("users_email_key", email_taken)?;
    let memberships = &new.memberships;
    announce::user(&mut tx, &permit.actor, "user.created", "created", id, &new.email, memberships).await?;
    let user = store::find(&mut tx, id, sight(&permit)).await?.ok_or_else(Error::not_found)?;
    tx.commit().await?;
    let (version, body) = (user.version, CreatedUser { user, initial_password });
    Ok((StatusCode::CREATED, Versioned { version, body }).into_response())
}

fn check_draft(service: &IdentityService, email: &str, display_name: &str, draft: &UserDraft) -> Result<()> {
    let mut errors =
        field_errors([("email", check_email(email)), ("display_name", check_name(display_name))]);
    errors.extend(check_memberships(&draft.memberships, |role| service.policies().role(role).is_some()));
    if draft.memberships.is_empty() {
        // Somebody without a membership is seen by nobody who could give them one.
        errors.extend(field_errors([("memberships", Some("is empty"))]));
    }
    if let Some(password) = &draft.password {
        errors.extend(judge("password", password, &[email, display_name]));
    }
    if errors.is_empty() { Ok(()) } else { Err(Error::invalid(errors)) }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UserChange {
    #[schema(min_length = 1, max_length = 120)]
    display_name: Option<String>,
    is_active: Option<bool>,
    /// In place of all those that the caller sees; others stay.
    memberships: Option<Vec<Membership>>,
}

/// Changes somebody: at once, in their sessions too.
#[utoipa::path(patch, path = "/api/v1/users/{id}", tag = "users",
    params(("id" = UserId, Path), ("If-Match" = String, Header, description = "The version read, quoted")),
    request_body = UserChange, responses(
        (status = 200, body = User, headers(("ETag" = String))),
        (status = 403, body = Problem, content_type = "application/problem+json",
            description = "beyond_own_permissions, belongs_elsewhere"),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "own_account"),
        (status = 412, body = Problem, content_type = "application/problem+json", description = "version_conflict"),
    ))]
async fn update_user(
    permit: Permit<UsersWrite>,
    State(app): State<App>,
    Path(id): Path<UserId>,
    IfMatch(version): IfMatch,
    Json(change): Json<UserChange>,
) -> Result<Versioned<User>> {
    let service = app.service::<IdentityService>();
    check_change(&service, &change)?;
    let mut tx = permit.begin(&app).await?;
    let held = store::lock_memberships(&mut tx, id).await?;
    let before = store::find(&mut tx, id, sight(&permit)).await?.ok_or_else(Error::not_found)?;
    if before.version != version {
        return Err(Error::version_conflict(before.version));
    }
    check_rights(&service, &permit, id, &held, &change)?;
    let display_name = change.display_name.as_deref().map(str::trim);
    store::update(&mut tx, id, version, display_name, change.is_active).await?;
    let seen: Vec<Membership> =
        held.iter().filter(|membership| covers(&permit, membership)).cloned().collect();
    if let Some(memberships) = &change.memberships {
        store::remove_memberships(&mut tx, id, sight(&permit)).await?;
        store::insert_memberships(&mut tx, id, memberships).await?;
    }
    if change.is_active == Some(false) {
        sessions::revoke_all(&mut tx, id, None, "disabled", app.clock.now()).await?;
    }
    let update = announce::Update {
        is_active: change.is_active.map(|is_active| (before.is_active, is_active)),
        display_name: display_name.map(|name| (before.display_name.as_str(), name)),
        held: &seen,
        holds: change.memberships.as_deref().unwrap_or(&seen),
    };
    announce::updated(&mut tx, &permit.actor, id, &before.email, &update).await?;
    // Somebody who has just left the caller's organizations is shown a last time.
    let after = store::find(&mut tx, id, sight(&permit)).await?;
    commit(&app, tx, &[Changed::User(id)]).await?;
    let body =
        after.unwrap_or_else(|| User { version: version + 1, memberships: Vec::new().into(), ..before });
    Ok(Versioned { version: body.version, body })
}

fn check_change(service: &IdentityService, change: &UserChange) -> Result<()> {
    let mut errors = field_errors([("display_name", change.display_name.as_deref().and_then(check_name))]);
    let memberships = change.memberships.as_deref().unwrap_or_default();
    errors.extend(check_memberships(memberships, |role| service.policies().role(role).is_some()));
    if errors.is_empty() { Ok(()) } else { Err(Error::invalid(errors)) }
}

fn check_rights(
    service: &IdentityService,
    permit: &Permit<UsersWrite>,
    id: UserId,
    held: &[Membership],
    change: &UserChange,
) -> Result<()> {
    let policies = &*service.policies();
    if change.is_active.is_some() || change.memberships.is_some() {
        check_somebody_else(permit, id)?;
    }
    if change.is_active.is_some() || change.display_name.is_some() {
        check_whole_person(policies, permit, held)?;
    }
    if let Some(memberships) = &change.memberships {
        // What stays as it is needs no right; the rest must be theirs to give and to take away. Out of sight nothing
        // counts as held: the answer would tell that it is.
        let stays = |new: &Membership| held.contains(new) && covers(permit, new);
        let given: Vec<Membership> = memberships.iter().filter(|new| !stays(new)).cloned().collect();
        check_gift(policies, permit, &given)?;
        let is_taken = |old: &&Membership| covers(permit, old) && !memberships.contains(old);
        let taken: Vec<Membership> = held.iter().filter(is_taken).cloned().collect();
        check_strength(policies, permit, &taken)?;
    }
    Ok(())
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AssignableQuery {
    #[param(value_type = uuid::Uuid)]
    organization_id: OrganizationId,
}

#[derive(Serialize, ToSchema)]
struct AssignableUsers {
    items: Vec<Assignable>,
}

/// Whom work of an organization can be given to, by name.
#[utoipa::path(get, path = "/api/v1/users/assignable", tag = "users", params(AssignableQuery), responses(
    (status = 200, body = AssignableUsers),
    (status = 404, body = Problem, content_type = "application/problem+json"),
))]
async fn list_assignable_users(
    permit: Permit<TicketsRead>,
    State(app): State<App>,
    Query(query): Query<AssignableQuery>,
) -> Result<Json<AssignableUsers>> {
    permit.covers(query.organization_id)?;
    let roles = app.service::<IdentityService>().roles_granting("tickets:write");
    let mut tx = permit.read(&app).await?;
    let items = store::assignable(&mut tx, query.organization_id, &roles).await?;
    Ok(Json(AssignableUsers { items }))
}

pub fn email_taken() -> Error {
    Error::conflict("email_taken", "Somebody has this address already.")
}
