//! Refresh tokens: each is used once, and one that comes again betrays that two have it (RFC 9700, 4.14).
//!
//! Clients do retry, and their answers do get lost. Within a short grace the same token therefore gets the same
//! successor, which is derived from it and needs no keeping. Later it ends the session, for the thief and the owner.

use std::sync::Arc;

use platform::alarm;
use platform::audit::{Deed, record};
use platform::db::Scope;
use platform::principal::ActorKind;
use platform::{Actor, App, Public, Result, Tx};
use time::{Duration, OffsetDateTime};
use vocab::{Entry, Notification, SessionId, Severity, UserId};

use crate::service::{IdentityService, hash_of};
use crate::signals::{Changed, commit};
use crate::store::{refresh_tokens, sessions, users};

/// How long a client may retry.
const GRACE: Duration = Duration::seconds(10);

/// What became of a refresh token.
pub enum Refreshed {
    Successor { user: UserId, session: SessionId, token: String },
    Refused,
}

/// Uses a refresh token up and gives its successor.
pub async fn refresh(app: &App, token: &str, caller: &Public) -> Result<Refreshed> {
    let service = app.service::<IdentityService>();
    let (hash, now) = (hash_of(token), app.clock.now());
    let mut tx = app.db.begin(Scope::Organizations(&[])).await?;
    let (session, is_first_use) = match refresh_tokens::use_up(&mut tx, &hash, now).await? {
        Some(session) => (session, true),
        None => match refresh_tokens::find(&mut tx, &hash).await? {
            Some(known) if known.used_at.is_some_and(|used_at| now - used_at <= GRACE) => {
                (known.session, false)
            }
            Some(known) if known.used_at.is_some() => {
                end_family(app, tx, known.session, caller).await?;
                return Ok(Refreshed::Refused);
            }
            _ => return Ok(Refreshed::Refused),
        },
    };
    let living = refresh_tokens::living_session(&mut tx, session, now, now - service.limits.idle).await?;
    let Some(living) = living else { return Ok(Refreshed::Refused) };
    let successor = match is_first_use {
        true => service.successors(token).into_iter().next(),
        false => given(&mut tx, service.successors(token)).await?,
    };
    let Some(successor) = successor else { return Ok(Refreshed::Refused) };
    if is_first_use {
        let hash = hash_of(&successor);
        refresh_tokens::insert(&mut tx, &hash, session, now, living.expires_at).await?;
        let actor = Actor {
            kind: ActorKind::User,
            id: Some(living.user_id.uuid()),
            name: Arc::from(living.display_name),
            ip: caller.ip,
            request_id: caller.request_id,
        };
        record(&mut tx, &actor, Deed::new("session.refreshed", "session", session.uuid())).await?;
    }
    tx.commit().await?;
    Ok(Refreshed::Successor { user: living.user_id, session, token: successor })
}

/// The one of these that somebody was given.
async fn given(tx: &mut Tx, successors: Vec<String>) -> Result<Option<String>> {
    for successor in successors {
        if refresh_tokens::find(tx, &hash_of(&successor)).await?.is_some() {
            return Ok(Some(successor));
        }
    }
    Ok(None)
}

/// A token was used twice: nobody knows by whom, so everything that came of it ends.
async fn end_family(app: &App, mut tx: Tx, session: SessionId, caller: &Public) -> Result<()> {
    let ended = sessions::revoke(&mut tx, session, None, "refresh_token_reused", app.clock.now()).await?;
    let Some(user) = ended else { return Ok(()) };
    tracing::warn!(%session, %user, ip = caller.ip.map(tracing::field::display), "a refresh token was used twice; its session is over");
    let actor = Actor { ip: caller.ip, request_id: caller.request_id, ..Actor::system() };
    let deed = Deed::new("session.refresh_token_reused", "session", session.uuid())
        .with(serde_json::json!({ "user_id": user }));
    record(&mut tx, &actor, deed).await?;
    tell(&mut tx, user, caller, app.clock.now()).await?;
    commit(app, tx, &[Changed::Session(session)]).await?;
    Ok(())
}

/// Raises an alarm where the user works: somebody else may have their tokens.
async fn tell(tx: &mut Tx, user: UserId, caller: &Public, now: OffsetDateTime) -> Result<()> {
    let Some(whose) = users::concern(tx, user).await? else { return Ok(()) };
    let email = whose.email.as_str();
    let sources = caller.ip.map(|ip| Entry::of("srcIpAddr", ip.to_string())).into_iter().collect();
    let notification = Notification {
        description: Some(format!(
            "A refresh token of {email} was used a second time, so two had it; the session is over for both. Ask whether a \
             program was moved or copied. If not, look at what was done with the session, and set a new password."
        )),
        tactics: vec!["Credential Access".to_owned()],
        techniques: vec!["T1528".to_owned(), "T1550.001".to_owned()],
        source_ip: caller.ip,
        sources,
        targets: vec![Entry::of("user", email)],
        ..Notification::of_ours(
            "cibercase.refresh_token_reused",
            "Refresh token used twice",
            format!("A refresh token of {email} was used twice"),
            Severity::High,
            now,
        )
    };
    for organization in whose.organizations {
        alarm::raise(tx, organization, &notification, now).await?;
    }
    Ok(())
}
