//! One's own passkeys: making one, naming it, taking it away.

use axum::extract::State;
use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use notifications::{AccountNotice, NoticeKind, tell_owner};
use platform::audit::{Deed, record};
use platform::db::Scope;
use platform::error::Problem;
use platform::{App, Error, Json, Path, Result, Routes, SignedIn, Tx, operations};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use vocab::PasskeyId;
use webauthn::{Enrolment, Key};

use super::second_factor::{end_enrolment, replace_codes};
use crate::model::check_name;
use crate::passkey::{self, CreationOptions, Purpose, UserEntity, bound_to, relying_party};
use crate::second_factor::{self, Wrong};
use crate::signals::{Changed, commit};
use crate::store::passkeys::{NewPasskey, PasskeyView};
use crate::store::{passkeys as store, second_factors, sessions, users};

/// More than anybody has devices.
const MOST: usize = 20;
/// Of what a browser says a key is reached by; the standard knows six.
const MOST_TRANSPORTS: usize = 8;
const LONGEST_TRANSPORT: usize = 32;

pub fn routes() -> Routes {
    operations![begin_passkey, add_passkey, rename_passkey, delete_passkey]
}

/// Says what the browser is to make a passkey of, with `navigator.credentials.create`.
#[utoipa::path(post, path = "/api/v1/session/second-factor/passkeys/options", tag = "session", responses(
    (status = 200, body = CreationOptions),
    (status = 409, body = Problem, content_type = "application/problem+json",
        description = "passkeys_unavailable, too_many_passkeys"),
))]
async fn begin_passkey(caller: SignedIn, State(app): State<App>) -> Result<Json<CreationOptions>> {
    let (me, party) = (&caller.principal, relying_party(&app)?);
    let mut tx = app.db.begin(Scope::Organizations(&[])).await?;
    let known = store::known(&mut tx, me.user_id).await?;
    check_room(known.len())?;
    let bound_to = bound_to(Purpose::Enrolment, &me.session_id.to_string());
    let challenge = passkey::make_challenge(&app, &mut tx, &bound_to, me.user_id).await?;
    let deed = Deed::new("user.passkey_begun", "user", me.user_id.uuid()).called(&me.email);
    record(&mut tx, &caller.actor, deed).await?;
    tx.commit().await?;
    let user = UserEntity {
        id: URL_SAFE_NO_PAD.encode(me.user_id.uuid().as_bytes()),
        name: me.email.to_string(),
        display_name: me.display_name.to_string(),
    };
    Ok(Json(CreationOptions::new(&party, user, challenge, known)))
}

/// What the browser made, in the standard's JSON (`RegistrationResponseJSON`), and what its person calls it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PasskeyCreation {
    #[schema(min_length = 1, max_length = 120)]
    name: String,
    passkey: CreatedPasskey,
}

/// Other members of the standard's are ignored.
#[derive(Deserialize, ToSchema)]
struct CreatedPasskey {
    response: AttestationAnswer,
}

#[derive(Deserialize, ToSchema)]
struct AttestationAnswer {
    #[serde(rename = "clientDataJSON")]
    #[schema(max_length = 21848)]
    client_data_json: String,
    #[serde(rename = "attestationObject")]
    #[schema(max_length = 21848)]
    attestation_object: String,
    #[serde(default)]
    #[schema(max_items = 8)]
    transports: Vec<String>,
}

#[derive(Serialize, ToSchema)]
struct AddedPasskey {
    passkey: PasskeyView,
    /// With the first of one's second factors; shown this once.
    codes: Option<Vec<String>>,
}

/// Keeps a passkey; the first second factor ends one's other sessions, which were opened without.
#[utoipa::path(post, path = "/api/v1/session/second-factor/passkeys", tag = "session", request_body = PasskeyCreation,
    responses(
        (status = 201, body = AddedPasskey),
        (status = 409, body = Problem, content_type = "application/problem+json",
            description = "passkeys_unavailable, passkey_exists, too_many_passkeys"),
    ))]
async fn add_passkey(
    caller: SignedIn,
    State(app): State<App>,
    Json(body): Json<PasskeyCreation>,
) -> Result<(StatusCode, Json<AddedPasskey>)> {
    let (me, now) = (&caller.principal, app.clock.now());
    let (user, name) = (me.user_id, checked_name(&body.name)?);
    let key = match believed(&app, &caller, &body.passkey.response).await? {
        Ok(key) => key,
        Err(reason) => return Err(refuse(&app, &caller, reason).await?),
    };
    let mut tx = app.db.begin(Scope::Organizations(&[])).await?;
    users::lock_memberships(&mut tx, user).await?;
    check_room(store::known(&mut tx, user).await?.len())?;
    let is_first = !second_factors::is_enrolled(&mut tx, user).await?;
    let new = NewPasskey {
        user,
        name,
        credential_id: &key.id,
        sealed_public_key: &passkey::seal(&app, user, &key.id, &key.public_key)?,
        counter: key.counter,
        is_verified: key.is_verified,
        may_be_copied: key.may_be_copied,
        transports: &transports(&body.passkey.response.transports),
        now,
    };
    let added = store::insert(&mut tx, new).await?;
    let passkey =
        added.ok_or_else(|| Error::conflict("passkey_exists", "That passkey is kept here already."))?;
    sessions::note_second_factor(&mut tx, me.session_id, now).await?;
    let codes = match is_first {
        true => {
            sessions::revoke_all(&mut tx, user, Some(me.session_id), "second_factor_enrolled", now).await?;
            Some(replace_codes(&mut tx, &caller, now).await?.codes)
        }
        false => None,
    };
    let deed = Deed::new("user.passkey_added", "user", user.uuid());
    finish(&app, tx, &caller, NoticeKind::SecondFactorAdded, deed, name).await?;
    Ok((StatusCode::CREATED, Json(AddedPasskey { passkey, codes })))
}

/// The key that the browser made, or why it is not believed. What it was asked is used up.
async fn believed(
    app: &App,
    caller: &SignedIn,
    answer: &AttestationAnswer,
) -> Result<Result<Key, &'static str>> {
    let (me, party) = (&caller.principal, relying_party(app)?);
    let bound_to = bound_to(Purpose::Enrolment, &me.session_id.to_string());
    let mut tx = app.db.begin(Scope::Organizations(&[])).await?;
    let challenge = store::take_challenge(&mut tx, &bound_to, me.user_id, app.clock.now()).await?;
    tx.commit().await?;
    let Some(challenge) = challenge else { return Ok(Err("challenge_over")) };
    let members = [&answer.client_data_json, &answer.attestation_object];
    let [Some(client_data), Some(attestation_object)] = members.map(|text| passkey::bytes(text)) else {
        return Ok(Err("malformed"));
    };
    let enrolment = Enrolment { client_data: &client_data, attestation_object: &attestation_object };
    Ok(enrolment.check(&party, &challenge).map_err(|refusal| refusal.as_str()))
}

/// Keeps the trace of why a new passkey is not believed, and is its answer.
async fn refuse(app: &App, caller: &SignedIn, reason: &'static str) -> Result<Error> {
    let account = sessions::account_by_id(app, caller.principal.user_id).await?;
    let account = account.ok_or_else(Error::unauthenticated)?;
    let wrong = Wrong::Passkey(reason);
    second_factor::refuse(app, &account, &caller.actor, "second_factor_enrolment", wrong).await?;
    Ok(Error::invalid_field("passkey", "passkey_refused: was not accepted, or took too long"))
}

/// Tells somebody what became of the passkey of this name, and keeps it with its record.
async fn finish(
    app: &App,
    mut tx: Tx,
    caller: &SignedIn,
    kind: NoticeKind,
    deed: Deed<'_>,
    name: &str,
) -> Result<()> {
    let me = &caller.principal;
    let notice = AccountNotice { subject: Some(name), ..AccountNotice::of(me.user_id, kind) };
    tell_owner(&mut tx, &caller.actor, app.clock.now(), notice).await?;
    let deed = deed.called(&me.email).with(json!({ "passkey": name }));
    record(&mut tx, &caller.actor, deed).await?;
    commit(app, tx, &[Changed::User(me.user_id)]).await?;
    Ok(())
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PasskeyChange {
    #[schema(min_length = 1, max_length = 120)]
    name: String,
}

/// Calls a passkey of one's own something else.
#[utoipa::path(patch, path = "/api/v1/session/second-factor/passkeys/{id}", tag = "session",
    params(("id" = PasskeyId, Path)), request_body = PasskeyChange, responses((status = 200, body = PasskeyView)))]
async fn rename_passkey(
    caller: SignedIn,
    State(app): State<App>,
    Path(id): Path<PasskeyId>,
    Json(body): Json<PasskeyChange>,
) -> Result<Json<PasskeyView>> {
    let (me, name) = (&caller.principal, checked_name(&body.name)?);
    let mut tx = app.db.begin(Scope::Organizations(&[])).await?;
    let renamed = store::rename(&mut tx, me.user_id, id, name).await?.ok_or_else(Error::not_found)?;
    let deed = Deed::new("user.passkey_renamed", "user", me.user_id.uuid()).called(&me.email);
    record(&mut tx, &caller.actor, deed.with(json!({ "passkey": name }))).await?;
    tx.commit().await?;
    Ok(Json(renamed))
}

/// Takes a passkey of one's own away; with the last second factor the recovery codes go too.
#[utoipa::path(delete, path = "/api/v1/session/second-factor/passkeys/{id}", tag = "session",
    params(("id" = PasskeyId, Path)), responses((status = 204)))]
async fn delete_passkey(
    caller: SignedIn,
    State(app): State<App>,
    Path(id): Path<PasskeyId>,
) -> Result<StatusCode> {
    let me = &caller.principal;
    let mut tx: Tx = app.db.begin(Scope::Organizations(&[])).await?;
    users::lock_memberships(&mut tx, me.user_id).await?;
    let name = store::remove(&mut tx, me.user_id, id).await?.ok_or_else(Error::not_found)?;
    end_enrolment(&mut tx, me.user_id).await?;
    let deed = Deed::new("user.passkey_removed", "user", me.user_id.uuid());
    finish(&app, tx, &caller, NoticeKind::SecondFactorRemoved, deed, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn check_room(count: usize) -> Result<()> {
    if count < MOST {
        return Ok(());
    }
    Err(Error::conflict(
        "too_many_passkeys",
        format!("Nobody has more than {MOST} passkeys; remove one first."),
    ))
}

fn checked_name(name: &str) -> Result<&str> {
    let name = name.trim();
    check_name(name).map_or(Ok(name), |message| Err(Error::invalid_field("name", message)))
}

/// What the browser said, without what no browser says.
fn transports(said: &[String]) -> Vec<String> {
    let is_word = |text: &&String| {
        (1..=LONGEST_TRANSPORT).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
    };
    said.iter().filter(is_word).take(MOST_TRANSPORTS).cloned().collect()
}
