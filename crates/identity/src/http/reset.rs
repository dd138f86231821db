//! Helping somebody in: a new first password, and no second factor any more.

use axum::extract::State;
use axum::http::StatusCode;
use notifications::{AccountNotice, NoticeKind, tell_owner};
use platform::error::Problem;
use platform::{App, Error, Json, Path, Permit, Result, Routes, operations};
use serde::Serialize;
use utoipa::ToSchema;
use vocab::UserId;

use super::{UsersWrite, second_factor};
use crate::password::first_password;
use crate::rights::{check_somebody_else, check_whole_person, sight};
use crate::service::IdentityService;
use crate::signals::{Changed, commit};
use crate::{announce, store};

pub fn routes() -> Routes {
    operations![reset_user_password, reset_user_second_factor]
}

#[derive(Serialize, ToSchema)]
struct ResetPassword {
    /// Shown this once; must be changed at the first sign-in.
    initial_password: String,
}

/// Gives somebody a new first password, and ends their sessions at once.
#[utoipa::path(post, path = "/api/v1/users/{id}/reset-password", tag = "users", params(("id" = UserId, Path)), responses(
    (status = 200, body = ResetPassword),
    (status = 403, body = Problem, content_type = "application/problem+json",
        description = "beyond_own_permissions, belongs_elsewhere"),
    (status = 409, body = Problem, content_type = "application/problem+json", description = "own_account"),
    (status = 429, body = Problem, content_type = "application/problem+json"),
))]
async fn reset_user_password(
    permit: Permit<UsersWrite>,
    State(app): State<App>,
    Path(id): Path<UserId>,
) -> Result<Json<ResetPassword>> {
    let service = app.service::<IdentityService>();
    let (password, initial_password) = first_password(None);
    let hash = service.passwords.hash(&password).await?;
    let mut tx = permit.begin(&app).await?;
    let held = store::users::lock_memberships(&mut tx, id).await?;
    let user = store::users::find(&mut tx, id, sight(&permit)).await?.ok_or_else(Error::not_found)?;
    check_somebody_else(&permit, id)?;
    check_whole_person(&service.policies(), &permit, &held)?;
    store::users::reset_password(&mut tx, id, &hash).await?;
    store::sessions::revoke_all(&mut tx, id, None, "password_reset", app.clock.now()).await?;
    tell_owner(&mut tx, &permit.actor, app.clock.now(), AccountNotice::of(id, NoticeKind::PasswordReset))
        .await?;
    announce::user(&mut tx, &permit.actor, "user.password_reset", "updated", id, &user.email, &held).await?;
    commit(&app, tx, &[Changed::User(id)]).await?;
    Ok(Json(ResetPassword { initial_password: initial_password.unwrap_or_default() }))
}

/// Takes somebody's second factor and recovery codes away, and ends their sessions at once.
#[utoipa::path(delete, path = "/api/v1/users/{id}/second-factor", tag = "users", params(("id" = UserId, Path)), responses(
    (status = 204),
    (status = 403, body = Problem, content_type = "application/problem+json",
        description = "beyond_own_permissions, belongs_elsewhere"),
    (status = 409, body = Problem, content_type = "application/problem+json",
        description = "own_account, second_factor_not_begun"),
))]
async fn reset_user_second_factor(
    permit: Permit<UsersWrite>,
    State(app): State<App>,
    Path(id): Path<UserId>,
) -> Result<StatusCode> {
    let service = app.service::<IdentityService>();
    let mut tx = permit.begin(&app).await?;
    let held = store::users::lock_memberships(&mut tx, id).await?;
    let user = store::users::find(&mut tx, id, sight(&permit)).await?.ok_or_else(Error::not_found)?;
    check_somebody_else(&permit, id)?;
    check_whole_person(&service.policies(), &permit, &held)?;
    if !store::second_factors::remove_all(&mut tx, id).await? {
        return Err(second_factor::not_begun());
    }
    store::sessions::revoke_all(&mut tx, id, None, "second_factor_reset", app.clock.now()).await?;
    tell_owner(&mut tx, &permit.actor, app.clock.now(), AccountNotice::of(id, NoticeKind::SecondFactorReset))
        .await?;
    announce::user(&mut tx, &permit.actor, "user.second_factor_reset", "updated", id, &user.email, &held)
        .await?;
    commit(&app, tx, &[Changed::User(id)]).await?;
    Ok(StatusCode::NO_CONTENT)
}
