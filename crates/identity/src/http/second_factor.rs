//! One's own second factor: setting one up, recovery codes, taking it away.

use axum::extract::State;
use axum::http::StatusCode;
use notifications::{AccountNotice, NoticeKind, tell_owner};
use platform::audit::{Deed, record};
use platform::db::Scope;
use platform::error::Problem;
use platform::{App, Error, Json, Result, Routes, SignedIn, Tx, operations};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};
use utoipa::ToSchema;
use vocab::UserId;

use crate::passkey::relying_party;
use crate::second_factor::{self, Wrong};
use crate::second_factor::{digits, make_recovery_codes, seal, unseal};
use crate::service::IdentityService;
use crate::signals::{Changed, commit};
use crate::store::passkeys::PasskeyView;
use crate::store::{passkeys, second_factors as store, sessions, users};
use crate::totp::{QrCode, Secret};

/// A secret that was shown and never confirmed is good for this long.
const PATIENCE: Duration = Duration::minutes(15);

pub fn routes() -> Routes {
    operations![
        get_second_factor,
        begin_totp,
        confirm_totp,
        delete_totp,
        renew_recovery_codes,
        delete_second_factor
    ]
}

/// What is asked of oneself beside the password.
#[derive(Serialize, ToSchema)]
struct SecondFactor {
    is_enrolled: bool,
    /// Whether a role of one's own asks for it.
    is_required: bool,
    /// Whether it is, or is also, an authenticator app; the two times below are of the app.
    has_app: bool,
    passkeys: Vec<PasskeyView>,
    /// False where the installation's address does not allow for passkeys.
    can_add_passkeys: bool,
    #[serde(with = "time::serde::rfc3339::option")]
    enrolled_at: Option<OffsetDateTime>,
    #[serde(with = "time::serde::rfc3339::option")]
    last_used_at: Option<OffsetDateTime>,
    recovery_codes_left: i64,
}

/// One's own second factor.
#[utoipa::path(get, path = "/api/v1/session/second-factor", tag = "session",
    responses((status = 200, body = SecondFactor)))]
async fn get_second_factor(caller: SignedIn, State(app): State<App>) -> Result<Json<SecondFactor>> {
    let user = caller.principal.user_id;
    let mut tx = app.db.read(Scope::Organizations(&[])).await?;
    let factor = store::find(&mut tx, user).await?.filter(|factor| factor.confirmed_at.is_some());
    let held = users::memberships(&mut tx, user).await?;
    let passkeys = passkeys::list(&mut tx, user).await?;
    Ok(Json(SecondFactor {
        is_enrolled: factor.is_some() || !passkeys.is_empty(),
        has_app: factor.is_some(),
        passkeys,
        can_add_passkeys: relying_party(&app).is_ok(),
        is_required: app.service::<IdentityService>().access.requires_second_factor(&held),
        enrolled_at: factor.as_ref().and_then(|factor| factor.confirmed_at),
        last_used_at: factor.as_ref().and_then(|factor| factor.last_used_at),
        recovery_codes_left: store::recovery_codes_left(&mut tx, user).await?,
    }))
}

/// What an authenticator app needs to know, shown this once.
#[derive(Serialize, ToSchema)]
struct TotpProposal {
    /// For typing (base32).
    secret: String,
    /// The same as `otpauth://`.
    uri: String,
    qr: QrCode,
}

/// Makes a secret for an authenticator app; it counts once a code has confirmed it.
#[utoipa::path(post, path = "/api/v1/session/second-factor/totp", tag = "session", responses(
    (status = 200, body = TotpProposal),
    (status = 409, body = Problem, content_type = "application/problem+json", description = "second_factor_exists"),
))]
async fn begin_totp(caller: SignedIn, State(app): State<App>) -> Result<Json<TotpProposal>> {
    let (me, secret) = (&caller.principal, Secret::make());
    let uri = secret.uri(&me.email);
    let sealed = seal(&app, me.user_id, &secret)?;
    let mut tx = app.db.begin(Scope::Organizations(&[])).await?;
    if !store::propose(&mut tx, me.user_id, &sealed, app.clock.now()).await? {
        return Err(Error::conflict("second_factor_exists", "Take your second factor away first."));
    }
    let deed = Deed::new("user.second_factor_begun", "user", me.user_id.uuid()).called(&me.email);
    record(&mut tx, &caller.actor, deed).await?;
    tx.commit().await?;
    Ok(Json(TotpProposal { secret: secret.text(), qr: QrCode::of(&uri)?, uri }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TotpCode {
    #[schema(max_length = 64)]
    code: String,
}

/// Good once each, in place of a code of the app; shown this once.
#[derive(Serialize, ToSchema)]
pub struct RecoveryCodes {
    pub codes: Vec<String>,
}

/// Confirms the app with a code of it, and ends one's other sessions: they were opened without.
#[utoipa::path(post, path = "/api/v1/session/second-factor/totp/confirm", tag = "session", request_body = TotpCode,
    responses(
        (status = 200, body = RecoveryCodes),
        (status = 409, body = Problem, content_type = "application/problem+json",
            description = "second_factor_not_begun"),
    ))]
async fn confirm_totp(
    caller: SignedIn,
    State(app): State<App>,
    Json(body): Json<TotpCode>,
) -> Result<Json<RecoveryCodes>> {
    let (me, now) = (&caller.principal, app.clock.now());
    let user = me.user_id;
    let account = sessions::account_by_id(&app, user).await?.ok_or_else(Error::unauthenticated)?;
    let attempt = second_factor::admit(&app, &account, &caller.actor).await?;
    let mut tx = app.db.begin(Scope::Organizations(&[])).await?;
    // Whoever is about to open a session for them waits, and then sees that a code is wanted.
    users::lock_memberships(&mut tx, user).await?;
    let proposal = store::find(&mut tx, user).await?;
    let proposal =
        proposal.filter(|factor| factor.confirmed_at.is_none() && now - factor.created_at < PATIENCE);
    let proposal = proposal.ok_or_else(not_begun)?;
    let secret = unseal(&app, user, &proposal.sealed_secret)?;
    let step = digits(&body.code).and_then(|code| secret.step_of(code, now, proposal.last_step));
    let Some(step) = step else {
        drop(tx);
        second_factor::refuse(&app, &account, &caller.actor, "second_factor_enrolment", Wrong::Code).await?;
        return Err(Error::invalid_field("code", "second_factor_wrong: is not what the app shows now"));
    };
    if !store::confirm(&mut tx, user, &proposal.sealed_secret, step, now).await? {
        return Err(not_begun());
    }
    sessions::note_second_factor(&mut tx, me.session_id, now).await?;
    sessions::revoke_all(&mut tx, user, Some(me.session_id), "second_factor_enrolled", now).await?;
    let codes = replace_codes(&mut tx, &caller, now).await?;
    tell_owner(&mut tx, &caller.actor, now, AccountNotice::of(user, NoticeKind::SecondFactorAdded)).await?;
    let deed = Deed::new("user.second_factor_enrolled", "user", user.uuid()).called(&me.email);
    record(&mut tx, &caller.actor, deed).await?;
    commit(&app, tx, &[Changed::User(user)]).await?;
    app.service::<IdentityService>().code_throttle.succeed(&attempt);
    Ok(Json(codes))
}

/// Makes new recovery codes; those before are void.
#[utoipa::path(post, path = "/api/v1/session/second-factor/recovery-codes", tag = "session", responses(
    (status = 200, body = RecoveryCodes),
    (status = 409, body = Problem, content_type = "application/problem+json", description = "second_factor_not_begun"),
))]
async fn renew_recovery_codes(caller: SignedIn, State(app): State<App>) -> Result<Json<RecoveryCodes>> {
    let me = &caller.principal;
    let mut tx = app.db.begin(Scope::Organizations(&[])).await?;
    users::lock_memberships(&mut tx, me.user_id).await?;
    if !store::is_enrolled(&mut tx, me.user_id).await? {
        return Err(not_begun());
    }
    let codes = replace_codes(&mut tx, &caller, app.clock.now()).await?;
    let deed = Deed::new("user.recovery_codes_renewed", "user", me.user_id.uuid()).called(&me.email);
    record(&mut tx, &caller.actor, deed).await?;
    tx.commit().await?;
    Ok(Json(codes))
}

pub async fn replace_codes(tx: &mut Tx, caller: &SignedIn, now: OffsetDateTime) -> Result<RecoveryCodes> {
    let (codes, hashes) = make_recovery_codes();
    store::replace_recovery_codes(tx, caller.principal.user_id, &hashes, now).await?;
    Ok(RecoveryCodes { codes })
}

/// Takes all one's second factors and the recovery codes away.
#[utoipa::path(delete, path = "/api/v1/session/second-factor", tag = "session", responses(
    (status = 204),
    (status = 409, body = Problem, content_type = "application/problem+json", description = "second_factor_not_begun"),
))]
async fn delete_second_factor(caller: SignedIn, State(app): State<App>) -> Result<StatusCode> {
    let me = &caller.principal;
    let mut tx = app.db.begin(Scope::Organizations(&[])).await?;
    users::lock_memberships(&mut tx, me.user_id).await?;
    if !store::remove_all(&mut tx, me.user_id).await? {
        return Err(not_begun());
    }
    removed(&app, tx, &caller).await
}

/// Takes one's authenticator app away; with the last second factor the recovery codes go too.
#[utoipa::path(delete, path = "/api/v1/session/second-factor/totp", tag = "session", responses(
    (status = 204),
    (status = 409, body = Problem, content_type = "application/problem+json", description = "second_factor_not_begun"),
))]
async fn delete_totp(caller: SignedIn, State(app): State<App>) -> Result<StatusCode> {
    let me = &caller.principal;
    let mut tx = app.db.begin(Scope::Organizations(&[])).await?;
    users::lock_memberships(&mut tx, me.user_id).await?;
    if !store::remove_totp(&mut tx, me.user_id).await? {
        return Err(not_begun());
    }
    end_enrolment(&mut tx, me.user_id).await?;
    removed(&app, tx, &caller).await
}

/// Tells and records that one's own second factor is gone, and commits.
async fn removed(app: &App, mut tx: Tx, caller: &SignedIn) -> Result<StatusCode> {
    let me = &caller.principal;
    let notice = AccountNotice::of(me.user_id, NoticeKind::SecondFactorRemoved);
    tell_owner(&mut tx, &caller.actor, app.clock.now(), notice).await?;
    let deed = Deed::new("user.second_factor_removed", "user", me.user_id.uuid()).called(&me.email);
    record(&mut tx, &caller.actor, deed).await?;
    commit(app, tx, &[Changed::User(me.user_id)]).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// After the last second factor of somebody is gone: nothing is asked for beside their password any more.
pub async fn end_enrolment(tx: &mut Tx, user: UserId) -> Result<()> {
    if !store::is_enrolled(tx, user).await? {
        store::remove_all(tx, user).await?;
    }
    Ok(())
}

pub fn not_begun() -> Error {
    Error::conflict("second_factor_not_begun", "There is no second factor to do this with.")
}
