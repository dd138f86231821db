//! Each process reads the secrets again and again, adopts what has changed, and says what it has.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, anyhow};
use platform::db::Scope;
use platform::secrets::{SecretStore, Versions};
use platform::{App, Error, Result};
use tokio::task::JoinHandle;

use crate::Rotation;
use crate::kind::{Kind, STEPWISE};
use crate::store::{self, Read};

/// What this process has adopted.
pub type Adopted = Mutex<BTreeMap<&'static str, Versions>>;

/// Follows the secrets for as long as the process runs.
pub fn start(app: &App) -> JoinHandle<()> {
    let app = app.clone();
    let pause = Duration::from_secs(app.config.secrets.look_seconds.into());
    #[expect(clippy::disallowed_methods, reason = "the caller owns the handle")]
    tokio::spawn(async move {
        loop {
            if let Err(error) = look(&app).await {
                // What is known goes on being used, and nothing that this process needs is forgotten meanwhile.
                tracing::warn!(?error, "the secrets cannot be read again");
            }
            tokio::time::sleep(pause).await;
        }
    })
}

/// Reads, adopts, and says what is in use here, once. A process that cannot read says so too: the others wait for it.
pub async fn look(app: &App) -> Result<()> {
    let rotation = app.service::<Rotation>();
    let mut outcome = Ok(());
    for (name, kind, found) in read_all(&rotation.secrets).await? {
        let adopted = found.map_err(Error::Internal).and_then(|found| match found {
            Some(versions) => adopt(app, &rotation, name, kind, &versions),
            None => Ok(()),
        });
        outcome = outcome.and(adopted);
    }
    let reads = lock(&rotation.adopted).iter().map(|(name, has)| Read::of(name, has)).collect::<Vec<_>>();
    let (mut tx, now) = (app.db.begin(Scope::System).await?, app.clock.now());
    store::report(&mut tx, rotation.process, &reads, now).await?;
    tx.commit().await?;
    rotation.reports.add(now);
    outcome
}

/// Says that this process uses nothing any more, when it ends: nobody waits for it.
pub async fn leave(app: &App) -> Result<()> {
    let mut tx = app.db.begin(Scope::System).await?;
    store::forget(&mut tx, app.service::<Rotation>().process).await?;
    Ok(tx.commit().await?)
}

type Found = (&'static str, Kind, anyhow::Result<Option<Versions>>);

/// Each by itself: one that is damaged keeps nobody from the others.
async fn read_all(secrets: &SecretStore) -> Result<Vec<Found>> {
    let secrets = secrets.clone();
    let read = move || STEPWISE.map(|(name, kind)| (name, kind, secrets.versions(name)));
    Ok(tokio::task::spawn_blocking(read).await.context("reading the secrets")?.into())
}

fn adopt(app: &App, rotation: &Rotation, name: &'static str, kind: Kind, versions: &Versions) -> Result<()> {
    let mut adopted = lock(&rotation.adopted);
    match adopted.get(name) {
        Some(known) if known == versions => return Ok(()),
        // What is in use here may be the last copy of what opens the database.
        Some(known) if !versions.follows(known) => {
            let (found, known) = (versions.latest(), known.latest());
            return Err(Error::Internal(anyhow!(
                "version {found} of {name} is kept where version {known} is in use: was an older copy put there?"
            )));
        }
        _ => {}
    }
    let values = versions.secrets();
    match kind {
        Kind::ApiSecret => identity::adopt_api_secrets(app, &values),
        Kind::KeyEncryptionKey if sts::of_environment().is_none() => {
            sts::adopt_sealing_secret(app, &values)?;
            identity::adopt_sealing_secret(app, &values)?;
        }
        Kind::DatabasePassword => {
            if let Some(database) = &rotation.database {
                database.adopt(app, versions);
            }
        }
        _ => {}
    }
    adopted.insert(name, versions.clone());
    Ok(())
}

/// Whether an older copy stands where a newer one is in use.
pub fn is_behind(rotation: &Rotation, name: &str, versions: &Versions) -> bool {
    lock(&rotation.adopted).get(name).is_some_and(|known| !versions.follows(known))
}

fn lock(adopted: &Adopted) -> MutexGuard<'_, BTreeMap<&'static str, Versions>> {
    adopted.lock().unwrap_or_else(PoisonError::into_inner)
}
