//! What all processes share: keys, followers of the audit log, the database.

use anyhow::anyhow;
use platform::db::Scope;
use platform::{App, Error, Result};
use time::{Duration, OffsetDateTime};
use vocab::Severity;

use super::process::share;
use super::{Finding, Kind, fullness};
use crate::store;

/// A key is changed by a job when it is due; so much later something keeps the job from it.
const GRACE: Duration = Duration::days(1);

/// Looks at everything; what cannot be looked at is found as that.
pub async fn look(app: &App, now: OffsetDateTime) -> Vec<Finding> {
    let mut findings = Vec::new();
    let outcomes = [
        ("the signing keys", signing_key(app, now).await),
        ("the secrets", secrets(app).await),
        ("the audit log's followers", audit_log(app, now).await),
        ("the database's connections", connections(app).await),
    ];
    for (subject, outcome) in outcomes {
        match outcome {
            Ok(found) => findings.extend(found),
            Err(error) => findings.push(Finding::unchecked(subject, &cause(error))),
        }
    }
    findings
}

async fn signing_key(app: &App, now: OffsetDateTime) -> Result<Vec<Finding>> {
    let mut tx = app.db.read(Scope::System).await?;
    let since = sts::active_since(&mut tx).await?;
    let days = app.config.tokens.key_days;
    let overdue = since.filter(|since| now - *since > Duration::days(i64::from(days)) + GRACE);
    let finding = overdue.map(|since| {
        let summary = format!(
            "The key that signs tokens has done so since {}; {days} days are the bound.",
            since.date()
        );
        Finding::new(Kind::SigningKey, "the key of access tokens", Severity::High, summary)
    });
    Ok(finding.into_iter().collect())
}

async fn secrets(app: &App) -> Result<Vec<Finding>> {
    let overdue = rotation::overdue(app).await?.into_iter();
    let finding = |one: rotation::Overdue| Finding::new(Kind::Secret, one.name, Severity::High, one.summary);
    Ok(overdue.map(finding).collect())
}

async fn audit_log(app: &App, now: OffsetDateTime) -> Result<Vec<Finding>> {
    let mut tx = app.db.read(Scope::System).await?;
    let bound = Duration::seconds(i64::from(app.config.monitoring.lag_seconds));
    let lags = audit::lags(app, &mut tx).await?.into_iter();
    let findings = lags.filter_map(|lag| {
        let since = lag.waiting_since.filter(|since| now - *since > bound)?;
        let who = if lag.is_siem { "SIEM" } else { "witness" };
        let minutes = (now - since).whole_minutes();
        let problem = lag.problem.map(|problem| format!(" It says: {problem}")).unwrap_or_default();
        let summary = format!(
            "The {who} lacks {} records; the first of them waits for {minutes} minutes.{problem}",
            lag.behind
        );
        Some(Finding::new(Kind::AuditLog, format!("{who} {}", lag.name), Severity::High, summary))
    });
    Ok(findings.collect())
}

async fn connections(app: &App) -> Result<Vec<Finding>> {
    let mut tx = app.db.read(Scope::System).await?;
    let (used, most) = store::connections(&mut tx).await?;
    let used = share(used, most)?;
    let subject = "connections of the database".to_owned();
    Ok(fullness(subject, used, app.config.monitoring.full_percent).into_iter().collect())
}

fn cause(error: Error) -> anyhow::Error {
    match error {
        Error::Internal(cause) => cause,
        Error::Problem(problem) => anyhow!("{}", problem.detail),
    }
}
