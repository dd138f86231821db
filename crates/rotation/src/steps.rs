//! The steps of a change. Each is recorded first, and is one write then.

use anyhow::{Context, anyhow};
use axum::http::StatusCode;
use platform::audit::{Deed, record};
use platform::db::Scope;
use platform::secrets::{SecretStore, Standing, Versions};
use platform::{Actor, App, Error, Result, Tx};
use serde_json::json;
use time::{Duration, OffsetDateTime};

use crate::kind::{DATABASE_PASSWORD, Kind, STEPWISE, SUPERUSER_PASSWORD};
use crate::{Rotation, follow, overview, store};

/// Does what is due: goes on with changes that are under way, and begins those whose time has come.
pub async fn advance(app: &App) -> Result<()> {
    let all = overview::overview(app).await?;
    let due = all.iter().filter(|secret| overview::is_due(app, secret));
    let due = due.map(|secret| secret.name.as_str()).collect::<Vec<_>>();
    let mut outcome = Ok(());
    for (name, kind) in STEPWISE {
        outcome = outcome.and(step(app, name, kind, due.contains(&name)).await);
    }
    outcome = outcome.and(resume_superuser_password(app).await);
    for name in due {
        if matches!(Kind::of(name), Kind::SealingKey | Kind::SuperuserPassword) {
            outcome = outcome.and(rotate(app, &Actor::system(), name).await);
        }
    }
    outcome
}

/// Changes one secret because somebody asks. Those with steps are prepared; the job takes the other steps.
pub async fn rotate(app: &App, actor: &Actor, name: &str) -> Result<()> {
    let all = overview::overview(app).await?;
    let secret = all.iter().find(|secret| secret.name == name).ok_or_else(Error::not_found)?;
    if let Some(detail) = &secret.obstacle_detail {
        return Err(Error::problem(StatusCode::CONFLICT, "secret_not_changeable", detail.clone()));
    }
    match Kind::of(name) {
        Kind::SigningKey => sts::rotate_signing_keys(app, actor).await,
        Kind::SealingKey => change_sealing_key(app, actor, name).await,
        Kind::SuperuserPassword => change_superuser_password(app, actor).await,
        kind => prepare(app, actor, name, kind).await,
    }
}

async fn prepare(app: &App, actor: &Actor, name: &str, kind: Kind) -> Result<()> {
    let _guard = guard(app).await?;
    let versions = versions(app, name).await?;
    if follow::is_behind(&app.service::<Rotation>(), name, &versions) {
        let detail = "An older copy of it was put back: put the one that is in use there first.";
        return Err(Error::problem(StatusCode::CONFLICT, "secret_not_changeable", detail));
    }
    if versions.standing() != Standing::Settled {
        let detail = "It is being changed already.";
        return Err(Error::problem(StatusCode::CONFLICT, "secret_is_changing", detail));
    }
    take(app, actor, name, "secret.prepared", &versions.prepare(kind.make(), app.clock.now())).await
}

/// The next step of one secret, if its time has come.
async fn step(app: &App, name: &str, kind: Kind, is_due: bool) -> Result<()> {
    let mut guard = guard(app).await?;
    let Some(versions) = find_versions(app, name).await? else { return Ok(()) };
    let (now, actor) = (app.clock.now(), Actor::system());
    let is_behind = follow::is_behind(&app.service::<Rotation>(), name, &versions);
    if is_behind || (versions.standing() == Standing::Settled && !is_due) {
        return Ok(());
    }
    let settings = &app.config.secrets;
    let for_long =
        |seconds: u32| versions.changed_at.is_none_or(|at| now - at >= Duration::seconds(i64::from(seconds)));
    let alive_since = app.service::<Rotation>().reports.alive_since(now);
    let (ignorant, idle) = store::laggards(&mut guard, name, &versions, alive_since).await?;
    match versions.standing() {
        Standing::Settled => {
            take(app, &actor, name, "secret.prepared", &versions.prepare(kind.make(), now)).await
        }
        Standing::Prepared if for_long(settings.prepare_seconds) && ignorant == 0 => {
            admit(app, kind, &versions).await?;
            take(app, &actor, name, "secret.activated", &versions.exchange(now)).await
        }
        Standing::Overlapping if for_long(settings.overlap_seconds) && idle == 0 => {
            seal_anew(app, kind).await?;
            let settled = match kind {
                // A backup of the database holds what it sealed.
                Kind::KeyEncryptionKey => versions.settle_keeping(now),
                _ => versions.settle(now),
            };
            admit(app, kind, &settled).await?;
            take(app, &actor, name, "secret.retired", &settled).await
        }
        _ => Ok(()),
    }
}

/// Records the step, takes it, and uses what came of it here.
async fn take(app: &App, actor: &Actor, name: &str, action: &'static str, versions: &Versions) -> Result<()> {
    prove_writable(app, name).await?;
    let detail = json!({ "version": versions.latest() });
    note(app, actor, name, action, detail).await?;
    let (name, versions) = (name.to_owned(), versions.clone());
    blocking(app, move |secrets| secrets.replace(&name, &versions)).await?;
    if let Err(error) = follow::look(app).await {
        tracing::warn!(?error, "a step was taken; this process hears of it at its next look");
    }
    Ok(())
}

/// Writes what stands there again, so that what cannot be written is not recorded as done, again and again.
async fn prove_writable(app: &App, name: &str) -> Result<()> {
    let present = versions(app, name).await?;
    let name = name.to_owned();
    blocking(app, move |secrets| secrets.replace(&name, &present)).await
}

/// Lets in at the database who has one of these, where it is ours.
async fn admit(app: &App, kind: Kind, versions: &Versions) -> Result<()> {
    match &app.service::<Rotation>().database {
        Some(database) if kind == Kind::DatabasePassword => Ok(database.admit(versions).await?),
        _ => Ok(()),
    }
}

/// Whatever in the database is sealed with the value before.
async fn seal_anew(app: &App, kind: Kind) -> Result<()> {
    if kind != Kind::KeyEncryptionKey {
        return Ok(());
    }
    follow::look(app).await?;
    let mut tx = app.db.begin(Scope::System).await?;
    let keys = sts::seal_anew(app, &mut tx).await?;
    let factors = identity::seal_anew(app, &mut tx).await?;
    let detail = json!({ "signing_keys": keys, "second_factors": factors });
    record(&mut tx, &Actor::system(), deed(sts::SEALING_SECRET, "secret.sealed_anew", detail)).await?;
    Ok(tx.commit().await?)
}

async fn change_sealing_key(app: &App, actor: &Actor, name: &str) -> Result<()> {
    let _guard = guard(app).await?;
    note(app, actor, name, "secret.changed", json!({})).await?;
    let (name, now) = (name.to_owned(), app.clock.now());
    blocking(app, move |secrets| secrets.change_sealing_key(&name, now)).await
}

/// The next is kept beside the present one before the database hears of it: a start tries both.
async fn change_superuser_password(app: &App, actor: &Actor) -> Result<()> {
    let _guard = guard(app).await?;
    let versions = versions(app, SUPERUSER_PASSWORD).await?;
    let prepared = match versions.standing() {
        Standing::Settled => versions.prepare(Kind::SuperuserPassword.make(), app.clock.now()),
        _ => versions,
    };
    note(app, actor, SUPERUSER_PASSWORD, "secret.changed", json!({ "version": prepared.latest() })).await?;
    let kept = prepared.clone();
    blocking(app, move |secrets| secrets.replace(SUPERUSER_PASSWORD, &kept)).await?;
    end_superuser_change(app, prepared).await
}

/// Goes on where a process was killed.
async fn resume_superuser_password(app: &App) -> Result<()> {
    let _guard = guard(app).await?;
    match find_versions(app, SUPERUSER_PASSWORD).await? {
        Some(versions) if versions.standing() != Standing::Settled => {
            end_superuser_change(app, versions).await
        }
        _ => Ok(()),
    }
}

async fn end_superuser_change(app: &App, versions: Versions) -> Result<()> {
    let now = app.clock.now();
    let latest = match versions.standing() {
        Standing::Prepared => versions.exchange(now),
        _ => versions,
    };
    let rotation = app.service::<Rotation>();
    let database = rotation.database.as_ref().context("the database is somebody else's")?;
    database.set_superuser_password(&latest.current().secret).await?;
    blocking(app, move |secrets| secrets.replace(SUPERUSER_PASSWORD, &latest.settle(now))).await
}

/// One change at a time, on all nodes; until it is dropped.
async fn guard(app: &App) -> Result<Tx> {
    let mut tx = app.db.begin(Scope::System).await?;
    store::lock(&mut tx).await?;
    Ok(tx)
}

async fn note(
    app: &App,
    actor: &Actor,
    name: &str,
    action: &'static str,
    detail: serde_json::Value,
) -> Result<()> {
    let mut tx = app.db.begin(Scope::System).await?;
    record(&mut tx, actor, deed(name, action, detail)).await?;
    Ok(tx.commit().await?)
}

fn deed<'a>(name: &'a str, action: &'static str, detail: serde_json::Value) -> Deed<'a> {
    let object_reference = Some(name);
    Deed {
        organization: None,
        action,
        object_kind: "secret",
        object_id: None,
        object_reference,
        detail: Some(detail),
    }
}

async fn versions(app: &App, name: &str) -> Result<Versions> {
    find_versions(app, name).await?.ok_or_else(Error::not_found)
}

/// None for one that is not kept here, such as the password of a database that is somebody else's.
async fn find_versions(app: &App, name: &str) -> Result<Option<Versions>> {
    let is_of_database = matches!(name, DATABASE_PASSWORD | SUPERUSER_PASSWORD);
    if is_of_database && app.service::<Rotation>().database.is_none() {
        return Ok(None);
    }
    if name == sts::SEALING_SECRET && sts::of_environment().is_some() {
        return Ok(None);
    }
    let name = name.to_owned();
    blocking(app, move |secrets| secrets.versions(&name)).await
}

/// Reads and writes of secrets may go over the network.
async fn blocking<T: Send + 'static>(
    app: &App,
    work: impl FnOnce(&SecretStore) -> anyhow::Result<T> + Send + 'static,
) -> Result<T> {
    let secrets = app.service::<Rotation>().secrets.clone();
    let done = tokio::task::spawn_blocking(move || work(&secrets)).await;
    Ok(done.map_err(|error| anyhow!(error))??)
}

/// Since when a change has not moved on.
pub fn stuck_since(versions: &Versions, now: OffsetDateTime) -> Option<OffsetDateTime> {
    let is_settled = versions.standing() == Standing::Settled;
    versions.changed_at.filter(|at| !is_settled && now - *at > Duration::days(1))
}
