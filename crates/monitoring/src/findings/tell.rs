//! Telling what is wrong, and that it is mended.

use std::collections::BTreeMap;

use platform::db::Scope;
use platform::{App, Result, alarm};
use time::{Duration, OffsetDateTime};
use vocab::{Entry, Notification, Severity, SourceState};

use super::{Finding, Kind, installation};
use crate::own_organization;
use crate::store::{self, Known};

/// What lasts is told again after this long.
const AGAIN: Duration = Duration::days(1);
/// A process that was not heard of for so long is gone. That mends nothing of what it found: see [`store::reported`].
pub const GONE: Duration = Duration::minutes(2);

/// Compares what is wrong with what was told: news, what has become graver, and what is old news since yesterday become
/// alerts; what is mended clears its alert.
pub async fn run(app: &App) -> Result<()> {
    let now = app.clock.now();
    let mut current = BTreeMap::new();
    for finding in installation::look(app, now).await {
        current.insert((finding.kind.as_str(), finding.subject.clone()), finding);
    }
    let mut tx = app.db.begin(Scope::System).await?;
    // The graver of two processes' words about the same thing stands.
    for finding in store::reported(&mut tx, now - GONE).await? {
        let key = (finding.kind.as_str(), finding.subject.clone());
        let is_graver = current.get(&key).is_none_or(|known| known.severity < finding.severity);
        if is_graver {
            current.insert(key, finding);
        }
    }
    let Some(organization) = own_organization(app, &mut tx).await? else { return Ok(()) };
    let known = store::known(&mut tx).await?;
    for one in &known {
        if !current.contains_key(&(one.kind.as_str(), one.subject.clone())) {
            alarm::raise(&mut tx, organization, &mended(one, now), now).await?;
            store::forget(&mut tx, one).await?;
        }
    }
    for finding in current.values() {
        let before = known.iter().find(|one| one.is_of(finding));
        let is_due = before
            .is_none_or(|before| now - before.told_at >= AGAIN || before.severity < finding.severity.step());
        if is_due {
            alarm::raise(&mut tx, organization, &wrong(finding, now), now).await?;
        }
        store::keep(&mut tx, finding, is_due, now).await?;
    }
    Ok(tx.commit().await?)
}

fn wrong(finding: &Finding, now: OffsetDateTime) -> Notification {
    let Finding { kind, subject, severity, summary } = finding;
    notification(kind.as_str(), kind.title(), subject, *severity, summary.clone(), now)
}

fn mended(known: &Known, now: OffsetDateTime) -> Notification {
    let title = known.kind().map_or("Finding", Kind::title);
    let summary = format!("This is mended. It was: {}", known.summary);
    let notification =
        notification(&known.kind, title, &known.subject, Severity::Informational, summary, now);
    Notification { state: SourceState::Cleared, ..notification }
}

fn notification(
    kind: &str,
    title: &str,
    subject: &str,
    severity: Severity,
    summary: String,
    now: OffsetDateTime,
) -> Notification {
    let about = Entry::of("subject", subject);
    Notification {
        incident_id: Some(format!("finding/{kind}/{subject}")),
        description: Some(summary),
        sources: vec![about.clone()],
        targets: vec![about],
        ..Notification::of_ours(
            &format!("cibercase.finding.{kind}"),
            title,
            format!("{title}: {subject}"),
            severity,
            now,
        )
    }
}
