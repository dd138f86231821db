//! What there is, how old it is, and what is overdue.

use std::collections::BTreeSet;

use anyhow::anyhow;
use platform::db::Scope;
use platform::secrets::{SecretStore, Standing, Versions};
use platform::{App, Result};
use time::{Duration, OffsetDateTime};

use crate::Rotation;
use crate::kind::{Kind, SIGNING_KEY};
use crate::model::{KeptSecretView, Obstacle, SecretStanding, Turn};
use crate::steps::stuck_since;

/// The job changes what is due; so much later something keeps it from it.
const GRACE: Duration = Duration::days(1);

/// A secret before its age is judged.
struct Found {
    name: String,
    since: Option<OffsetDateTime>,
    standing: SecretStanding,
    stuck_since: Option<OffsetDateTime>,
    obstacle: Option<(Obstacle, String)>,
}

/// What should have changed by now.
#[derive(Debug, Clone)]
pub struct Overdue {
    pub name: String,
    pub summary: String,
}

/// Every secret of the installation, by name.
pub async fn overview(app: &App) -> Result<Vec<KeptSecretView>> {
    Ok(find(app).await?.into_iter().map(|found| judged(app, found)).collect())
}

/// Those whose change is late by a day, for monitoring.
pub async fn overdue(app: &App) -> Result<Vec<Overdue>> {
    let (now, mut overdue) = (app.clock.now(), Vec::new());
    for found in find(app).await? {
        let stuck = found.stuck_since;
        let secret = judged(app, found);
        let summary = match (stuck, secret.due_at) {
            (Some(since), _) => {
                format!("A change of it was begun and has not moved on since {}.", since.date())
            }
            // The signing key has a finding of its own.
            (None, Some(due)) if now - due > GRACE && secret.name != SIGNING_KEY => {
                let obstacle = secret.obstacle_detail.map(|text| format!(" {text}")).unwrap_or_default();
                format!("It should have been changed on {}.{obstacle}", due.date())
            }
            _ => continue,
        };
        overdue.push(Overdue { name: secret.name, summary });
    }
    Ok(overdue)
}

/// Whether the job changes it now. What is of unknown age is changed, and of known age then.
pub fn is_due(app: &App, secret: &KeptSecretView) -> bool {
    let is_ours = secret.turn == Turn::Platform && days(app).is_some();
    is_ours && secret.due_at.is_none_or(|due| due <= app.clock.now())
}

fn days(app: &App) -> Option<Duration> {
    let days = app.config.secrets.rotation_days;
    (days > 0).then(|| Duration::days(i64::from(days)))
}

fn judged(app: &App, found: Found) -> KeptSecretView {
    let kind = Kind::of(&found.name);
    let turn = match (kind.can_change(), &found.obstacle) {
        (false, _) => Turn::Nobody,
        (true, Some(_)) => Turn::Person,
        (true, None) => Turn::Platform,
    };
    let life = match kind {
        Kind::SigningKey => Some(Duration::days(i64::from(app.config.tokens.key_days))),
        _ => days(app),
    };
    let life = life.filter(|_| turn != Turn::Nobody);
    let due_at = found.since.zip(life).and_then(|(since, life)| since.checked_add(life));
    let is_overdue = due_at.is_some_and(|due| app.clock.now() - due > GRACE);
    let Found { name, since, standing, obstacle, .. } = found;
    let (obstacle, obstacle_detail) = obstacle.unzip();
    KeptSecretView { name, turn, standing, since, due_at, is_overdue, obstacle, obstacle_detail }
}

async fn find(app: &App) -> Result<Vec<Found>> {
    let (rotation, now) = (app.service::<Rotation>(), app.clock.now());
    let (secrets, is_ours) = (rotation.secrets.clone(), rotation.database.is_some());
    let given = app.config.sign_in.secrets();
    let read = tokio::task::spawn_blocking(move || kept(&secrets, &given, is_ours, now)).await;
    let mut found = read.map_err(|error| anyhow!(error))??;
    let mut tx = app.db.read(Scope::System).await?;
    let since = sts::active_since(&mut tx).await?;
    let standing = SecretStanding::Settled;
    let obstacle = since.is_none().then(|| (Obstacle::NotMadeYet, "No key was asked for yet.".to_owned()));
    found.push(Found { name: SIGNING_KEY.to_owned(), since, standing, stuck_since: None, obstacle });
    found.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(found)
}

/// Blocking.
fn kept(
    secrets: &SecretStore,
    given: &BTreeSet<String>,
    is_ours: bool,
    now: OffsetDateTime,
) -> anyhow::Result<Vec<Found>> {
    let mut found = Vec::new();
    for one in secrets.list()? {
        let (versions, obstacle) = match secrets.versions(&one.name) {
            Ok(versions) => (versions, obstacle(&one.name, given, is_ours)),
            // One that is damaged is told, and keeps nobody from the others. The cause names files and addresses.
            Err(error) => {
                tracing::warn!(secret = one.name, error = format!("{error:#}"), "a secret cannot be read");
                (None, Some((Obstacle::Unreadable, "It cannot be read; the log says why.".to_owned())))
            }
        };
        let standing = match versions.as_ref().map(Versions::standing) {
            Some(Standing::Prepared) => SecretStanding::Prepared,
            Some(Standing::Overlapping) => SecretStanding::Overlapping,
            Some(Standing::Settled) | None => SecretStanding::Settled,
        };
        let stuck_since = versions.and_then(|versions| stuck_since(&versions, now));
        found.push(Found { name: one.name, since: one.since, standing, stuck_since, obstacle });
    }
    for key in secrets.sealing_keys()? {
        let standing = if key.is_changing { SecretStanding::Overlapping } else { SecretStanding::Settled };
        let obstacle = key.obstacle.map(|text| (Obstacle::KeptElsewhere, text));
        let (name, since) = (key.name.to_owned(), key.since);
        found.push(Found { name, since, standing, stuck_since: None, obstacle });
    }
    Ok(found)
}

fn obstacle(name: &str, given: &BTreeSet<String>, is_database_ours: bool) -> Option<(Obstacle, String)> {
    let (obstacle, text) = match Kind::of(name) {
        Kind::AuditLogKey => (
            Obstacle::LogName,
            "The audit log is named after it: with another its witnesses would take it for another log.",
        ),
        Kind::Unknown if given.contains(name) => (
            Obstacle::GivenElsewhere,
            "An identity provider or the directory gave it: another is asked for there, and put here.",
        ),
        Kind::Unknown => (Obstacle::UnknownUse, "The program does not know what it is for."),
        Kind::DatabasePassword | Kind::SuperuserPassword if !is_database_ours => (
            Obstacle::OtherDatabase,
            "The database of the settings is somebody else's; this is of one that was here before.",
        ),
        Kind::KeyEncryptionKey if sts::of_environment().is_some() => {
            (Obstacle::Environment, "CIBERCASE_KEY_ENCRYPTION_KEY is used in its place.")
        }
        _ => return None,
    };
    Some((obstacle, text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_that_nobody_here_can_change_says_who_can() {
        let given = BTreeSet::from(["oidc-example".to_owned(), "directory".to_owned()]);
        for (name, expected) in [
            ("oidc-example", Some(Obstacle::GivenElsewhere)),
            ("directory", Some(Obstacle::GivenElsewhere)),
            ("oidc-other", Some(Obstacle::UnknownUse)),
            ("audit-log-key", Some(Obstacle::LogName)),
            ("api-secret", None),
        ] {
            assert_eq!(obstacle(name, &given, true).map(|(obstacle, _)| obstacle), expected, "{name}");
        }
    }
}
