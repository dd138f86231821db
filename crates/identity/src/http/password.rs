//! Changing one's own password.

use axum::extract::State;
use axum::http::StatusCode;
use notifications::{AccountNotice, NoticeKind, tell_owner};
use platform::audit::{Deed, record};
use platform::db::Scope;
use platform::error::Problem;
use platform::{App, Error, Json, Result, Routes, SignedIn, operations};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::model::AccountSource;
use crate::password::{Password, judge};
use crate::service::IdentityService;
use crate::signals::{Changed, commit};
use crate::{sign_in, store};

pub fn routes() -> Routes {
    operations![change_password]
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PasswordChange {
    #[schema(value_type = String, format = Password, max_length = 1024)]
    current_password: Password,
    /// At least 15 characters, and not easy to guess.
    #[schema(value_type = String, format = Password, min_length = 15, max_length = 1024)]
    new_password: Password,
}

/// Changes one's own password, and ends one's other sessions.
#[utoipa::path(post, path = "/api/v1/session/password", tag = "session", request_body = PasswordChange, responses(
    (status = 204),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "foreign_origin"),
    (status = 409, body = Problem, content_type = "application/problem+json", description = "password_elsewhere"),
    (status = 429, body = Problem, content_type = "application/problem+json"),
))]
async fn change_password(
    caller: SignedIn,
    State(app): State<App>,
    Json(body): Json<PasswordChange>,
) -> Result<StatusCode> {
    let (me, service) = (&caller.principal, app.service::<IdentityService>());
    if body.current_password.is_too_long() {
        return Err(wrong_password());
    }
    let account =
        store::sessions::account_by_id(&app, me.user_id).await?.ok_or_else(Error::unauthenticated)?;
    if account.source == AccountSource::Directory {
        return Err(Error::conflict(
            "password_elsewhere",
            "Your password is the directory's: change it there.",
        ));
    }
    let purpose = "password_change";
    if !sign_in::prove_again(&app, &account, &body.current_password, &caller.actor, purpose).await? {
        return Err(wrong_password());
    }
    let mut errors = judge("new_password", &body.new_password, &[&account.email, &account.display_name]);
    if errors.is_empty() && body.new_password.as_str() == body.current_password.as_str() {
        errors.push(platform::error::FieldError {
            path: "new_password".to_owned(),
            message: "password_unchanged: is the one you have".to_owned(),
        });
    }
    if !errors.is_empty() {
        return Err(Error::invalid(errors));
    }
    let hash = service.passwords.hash(&body.new_password).await?;
    let (user, now) = (me.user_id, app.clock.now());
    let mut tx = app.db.begin(Scope::Organizations(&[])).await?;
    if !store::users::change_password(&mut tx, user, account.password_generation, &hash).await? {
        return Err(wrong_password());
    }
    store::sessions::revoke_all(&mut tx, user, Some(me.session_id), "password_changed", now).await?;
    tell_owner(&mut tx, &caller.actor, now, AccountNotice::of(user, NoticeKind::PasswordChanged)).await?;
    record(
        &mut tx,
        &caller.actor,
        Deed::new("user.password_changed", "user", user.uuid()).called(&account.email),
    )
    .await?;
    commit(&app, tx, &[Changed::User(user)]).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn wrong_password() -> Error {
    Error::invalid_field("current_password", "password_wrong: is not your password")
}
