//! The account of somebody whose password the directory takes.

use std::net::IpAddr;
use std::time::Duration;

use axum::http::StatusCode;
use platform::db::Scope;
use platform::{Actor, App, Error, Result};

use super::failures::Shown;
use super::groups::memberships;
use super::{Directory, Person, Server};
use crate::announce::{self, Update};
use crate::model::{AccountSource, check_email};
use crate::password::Password;
use crate::sign_in::KNOWN_FOR;
use crate::signals::{Changed, commit};
use crate::store::providers as links;
use crate::store::sessions::{self, Account};
use crate::store::users::{self, Sight};
use crate::vouched::{self, Vouched};

/// What accounts of the directory are linked by, in place of a provider's address.
pub const ISSUER: &str = "directory";
/// A refusal takes as long, whatever hashes the directory computes.
const LONGEST_ANSWER: Duration = Duration::from_millis(700);

/// The account of somebody who did not prove a password of ours, if the directory takes it. Whoever is not the
/// directory's own takes as long.
pub async fn prove(
    app: &App,
    email: &str,
    known: Option<&Account>,
    password: &Password,
    actor: &Actor,
) -> Result<Option<Account>> {
    let directory = app.service::<Directory>();
    let Some(server) = &directory.0 else { return Ok(None) };
    let began = tokio::time::Instant::now();
    let is_ours = known.is_some_and(|account| !account.is_active || !is_of_directory(account));
    let may_be_theirs = !is_ours && check_email(email).is_none();
    let found = match may_be_theirs {
        true => ask(app, server, email, password, actor.ip).await?,
        false => server.decoy().await.map(|()| None).map_err(unreachable)?,
    };
    // A filter may find by more than the address.
    let admitted = match (found.filter(|person| person.email == email), known) {
        (None, _) => None,
        (Some(person), Some(account)) => refresh(app, server, account, &person, actor).await?,
        (Some(person), None) => match make(app, server, &person, actor).await {
            Err(error) if error.code() == TAKEN => None,
            made => made?,
        },
    };
    if admitted.is_none() {
        // The directory computes a hash for those whom it has; and a right password that opens nothing is not told.
        tokio::time::sleep_until(began + LONGEST_ANSWER).await;
    }
    Ok(admitted)
}

/// Shows the directory a password. It has to find out who it is before it is known how many wrong ones it has seen.
async fn ask(
    app: &App,
    server: &Server,
    email: &str,
    password: &Password,
    ip: Option<IpAddr>,
) -> Result<Option<Person>> {
    let at = app.clock.now();
    let is_known_address = match ip {
        Some(ip) => sessions::is_known_address(app, email, ip, at - KNOWN_FOR).await?,
        None => false,
    };
    server.find(email, password, Shown { is_known_address, at }).await.map_err(unreachable)
}

/// Whether this is the directory's password of somebody who is signed in already.
pub async fn confirms(app: &App, account: &Account, password: &Password, ip: Option<IpAddr>) -> Result<bool> {
    let directory = app.service::<Directory>();
    let Some(server) = directory.0.as_ref().filter(|_| is_of_directory(account)) else { return Ok(false) };
    let Some(person) = ask(app, server, &account.email, password, ip).await? else { return Ok(false) };
    let mut tx = app.db.read(Scope::Organizations(&[])).await?;
    Ok(links::linked_user(&mut tx, ISSUER, &person.subject).await? == Some(account.id))
}

fn is_of_directory(account: &Account) -> bool {
    account.source == AccountSource::Directory
}

/// Gives somebody who comes back what their groups stand for now.
async fn refresh(
    app: &App,
    server: &Server,
    account: &Account,
    person: &Person,
    actor: &Actor,
) -> Result<Option<Account>> {
    let mut tx = app.db.begin(Scope::System).await?;
    let held = users::lock_memberships(&mut tx, account.id).await?;
    // An address that the directory has given to somebody else opens nothing.
    if links::linked_user(&mut tx, ISSUER, &person.subject).await? != Some(account.id) {
        return Ok(None);
    }
    links::note_use(&mut tx, ISSUER, &person.subject, app.clock.now()).await?;
    let holds = memberships(&mut tx, &server.settings.groups, &person.groups).await?;
    let is_same = held.len() == holds.len() && holds.iter().all(|one| held.contains(one));
    if is_same {
        tx.commit().await?;
    } else {
        let everywhere = Sight { organizations: &[], is_everywhere: true };
        users::remove_memberships(&mut tx, account.id, everywhere).await?;
        users::insert_memberships(&mut tx, account.id, &holds).await?;
        let update = Update { is_active: None, display_name: None, held: &held, holds: &holds };
        announce::updated(&mut tx, actor, account.id, &account.email, &update).await?;
        commit(app, tx, &[Changed::User(account.id)]).await?;
    }
    Ok((!holds.is_empty()).then(|| account.clone()))
}

/// Makes an account of the directory's word; none for who is in no group of ours.
async fn make(app: &App, server: &Server, person: &Person, actor: &Actor) -> Result<Option<Account>> {
    let mut tx = app.db.begin(Scope::System).await?;
    let memberships = memberships(&mut tx, &server.settings.groups, &person.groups).await?;
    if memberships.is_empty() {
        return Ok(None);
    }
    let vouched = Vouched {
        source: AccountSource::Directory,
        issuer: ISSUER,
        subject: &person.subject,
        provider: ISSUER,
        email: person.email.clone(),
        name: Some(&person.name),
        memberships,
    };
    let user = vouched::make(app, &mut tx, vouched, actor, taken).await?;
    tx.commit().await?;
    Ok(sessions::account_by_id(app, user).await?)
}

const TAKEN: &str = "email_taken";

/// By another sign-in of this moment, or by somebody whose address was another.
fn taken() -> Error {
    Error::conflict(TAKEN, "Somebody has this account already.")
}

fn unreachable(cause: anyhow::Error) -> Error {
    tracing::warn!(error = format!("{cause:#}"), "the directory does not answer as it should");
    let detail = "The directory does not answer as it should; try again later.";
    Error::problem(StatusCode::SERVICE_UNAVAILABLE, "directory_unreachable", detail)
}
