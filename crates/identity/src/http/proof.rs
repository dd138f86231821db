//! Proving again to be there, before a dangerous act.

use axum::extract::State;
use axum::http::StatusCode;
use platform::audit::{Deed, record};
use platform::db::Scope;
use platform::error::Problem;
use platform::{App, Error, Json, Principal, Result, Routes, SignedIn, Tx, operations};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::cache::TokenHash;
use crate::passkey::{self, Answered, PasskeyAnswer, Purpose, RequestOptions, bound_to};
use crate::password::Password;
use crate::second_factor::{self, Evidence};
use crate::sign_in;
use crate::signals::{Changed, commit};
use crate::store::sessions::{self, Account};
use crate::store::{passkeys, second_factors};

pub fn routes() -> Routes {
    operations![prove, begin_passkey_proof]
}

/// The code or a passkey of who has a second factor; otherwise the password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Proof {
    #[schema(value_type = Option<String>, format = Password, max_length = 1024)]
    password: Option<Password>,
    /// Of the authenticator app, or a recovery code.
    #[schema(max_length = 64)]
    code: Option<String>,
    /// What `POST /api/v1/session/proof/passkey-options` asked for, signed.
    passkey: Option<PasskeyAnswer>,
}

/// Proves that it is oneself: dangerous acts are open for a quarter of an hour.
#[utoipa::path(post, path = "/api/v1/session/proof", tag = "session", request_body = Proof, responses(
    (status = 204),
    (status = 429, body = Problem, content_type = "application/problem+json", description = "too_many_attempts"),
))]
async fn prove(caller: SignedIn, State(app): State<App>, Json(body): Json<Proof>) -> Result<StatusCode> {
    let me = &caller.principal;
    let account = sessions::account_by_id(&app, me.user_id).await?.ok_or_else(Error::unauthenticated)?;
    let proof = sessions::proof(&app, me.session_id).await?.ok_or_else(Error::unauthenticated)?;
    let (mut tx, shown) = if proof.has_second_factor() {
        by_second_factor(&app, &caller, &account, &body).await?
    } else {
        by_password(&app, &caller, &account, body.password).await?
    };
    let deed = Deed::new("session.proven", "session", me.session_id.uuid()).called(&me.email);
    record(&mut tx, &caller.actor, deed.with(json!({ "proof": shown }))).await?;
    let is_other_session = proof.has_second_factor() && !me.has_second_factor;
    let changed = [Changed::Session(me.session_id)];
    commit(&app, tx, if is_other_session { &changed } else { &[] }).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn by_second_factor(
    app: &App,
    caller: &SignedIn,
    account: &Account,
    body: &Proof,
) -> Result<(Tx, &'static str)> {
    let shown = match (&body.passkey, &body.code) {
        (Some(answer), _) => Evidence::Passkey(answered(app, caller, answer).await?),
        (None, Some(code)) => Evidence::Code(code),
        (None, None) => return Err(Error::invalid_field("code", "is missing")),
    };
    let attempt = second_factor::admit(app, account, &caller.actor).await?;
    let tx = locked(app, account).await?;
    let shown_by = (&caller.actor, &attempt);
    let proven = second_factor::prove(app, tx, account, &shown, shown_by, "proof").await;
    let (mut tx, method) = proven.map_err(|error| match error.code() {
        // Whoever is signed in has not been signed out by a wrong code.
        "second_factor_wrong" => {
            Error::invalid_field("code", "second_factor_wrong: is wrong, over, or was used")
        }
        "passkey_refused" => {
            Error::invalid_field("passkey", "passkey_refused: was not accepted, or took too long")
        }
        _ => error,
    })?;
    sessions::note_second_factor(&mut tx, caller.principal.session_id, app.clock.now()).await?;
    Ok((tx, method.as_str()))
}

/// An answer with what was asked, which is used up.
async fn answered<'a>(app: &App, caller: &SignedIn, answer: &'a PasskeyAnswer) -> Result<Answered<'a>> {
    let (me, now) = (&caller.principal, app.clock.now());
    let mut tx = app.db.begin(Scope::Organizations(&[])).await?;
    let challenge = passkeys::take_challenge(&mut tx, &bound_to_session(me), me.user_id, now).await?;
    tx.commit().await?;
    Ok(Answered { challenge, answer })
}

fn bound_to_session(me: &Principal) -> TokenHash {
    bound_to(Purpose::Proof, &me.session_id.to_string())
}

/// Says what the browser is to sign with a passkey, with `navigator.credentials.get`.
#[utoipa::path(post, path = "/api/v1/session/proof/passkey-options", tag = "session", responses(
    (status = 200, body = RequestOptions),
    (status = 409, body = Problem, content_type = "application/problem+json",
        description = "passkeys_unavailable, second_factor_not_begun"),
))]
async fn begin_passkey_proof(caller: SignedIn, State(app): State<App>) -> Result<Json<RequestOptions>> {
    let me = &caller.principal;
    let mut tx = app.db.begin(Scope::Organizations(&[])).await?;
    let options = passkey::ask(&app, &mut tx, &bound_to_session(me), me.user_id).await?;
    tx.commit().await?;
    Ok(Json(options))
}

async fn by_password(
    app: &App,
    caller: &SignedIn,
    account: &Account,
    password: Option<Password>,
) -> Result<(Tx, &'static str)> {
    let password = password.ok_or_else(|| Error::invalid_field("password", "is missing"))?;
    let is_right = !password.is_too_long()
        && sign_in::prove_again(app, account, &password, &caller.actor, "proof").await?;
    if !is_right {
        return Err(Error::invalid_field("password", "password_wrong: is not your password"));
    }
    let mut tx = locked(app, account).await?;
    if second_factors::is_enrolled(&mut tx, account.id).await? {
        return Err(Error::invalid_field("code", "is missing"));
    }
    sessions::note_proof(&mut tx, caller.principal.session_id, app.clock.now()).await?;
    Ok((tx, "password"))
}

/// A transaction that keeps the person as they are until it ends.
async fn locked(app: &App, account: &Account) -> Result<Tx> {
    let mut tx = app.db.begin(Scope::Organizations(&[])).await?;
    if !sessions::lock_proven(&mut tx, account.id, account.password_generation).await? {
        return Err(Error::unauthenticated());
    }
    Ok(tx)
}
