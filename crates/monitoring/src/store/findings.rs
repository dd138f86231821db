use platform::{Result, Tx};
use sqlx::types::Json;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::figures::ProcessFigures;
use crate::findings::{Finding, Kind};

/// A finding that was told.
#[derive(Debug, Clone)]
pub struct Known {
    pub kind: String,
    pub subject: String,
    /// As a step.
    pub severity: i16,
    pub summary: String,
    pub told_at: OffsetDateTime,
}

impl Known {
    pub fn is_of(&self, finding: &Finding) -> bool {
        self.kind == finding.kind.as_str() && self.subject == finding.subject
    }

    /// None for one that an older or a newer version has written.
    pub fn kind(&self) -> Option<Kind> {
        Kind::of(&self.kind)
    }
}

/// What a dead process found is believed for so long, where no other looks in its place.
const BELIEVED: Duration = Duration::days(7);

/// What a process says of itself.
pub struct Report<'a> {
    pub id: Uuid,
    pub host: &'a str,
    pub roles: &'a [String],
    pub version: &'a str,
    pub findings: &'a [Finding],
    pub figures: &'a ProcessFigures,
}

/// Keeps what a process says; those that are gone for long go.
pub async fn report(tx: &mut Tx, report: &Report<'_>, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into monitoring_processes (id, host, roles, seen_at, findings, version, figures)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (id) do update set seen_at = excluded.seen_at, findings = excluded.findings,
             figures = excluded.figures",
        report.id,
        report.host,
        report.roles,
        now,
        Json(report.findings) as _,
        report.version,
        Json(report.figures) as _
    )
    .execute(&mut **tx)
    .await?;
    sqlx::query!("delete from monitoring_processes where seen_at < $1", now - BELIEVED)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// What processes find wrong. One that was heard of since then speaks for all that ran on its machine with its roles; where there is
/// none, the last words of the dead stand, for nobody has looked since.
pub async fn reported(tx: &mut Tx, since: OffsetDateTime) -> Result<Vec<Finding>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select process.findings as "findings: Json<Vec<serde_json::Value>>", process.seen_at >= $1 as "is_heard!"
           from monitoring_processes as process
           where process.seen_at >= $1 or process.id in (select id from monitoring_speakers)"#,
        since
    )
    .fetch_all(&mut **tx)
    .await?;
    let mut found = Vec::new();
    for row in rows {
        // What another version finds, and this one has no word for, is that one's to tell.
        let known =
            row.findings.0.into_iter().filter_map(|finding| serde_json::from_value::<Finding>(finding).ok());
        // The dead have no listeners.
        found.extend(known.filter(|finding| row.is_heard || finding.kind != Kind::Collector));
    }
    Ok(found)
}

pub async fn known(tx: &mut Tx) -> Result<Vec<Known>, sqlx::Error> {
    sqlx::query_as!(
        Known,
        "select kind, subject, severity, summary, told_at from monitoring_findings order by kind, subject"
    )
    .fetch_all(&mut **tx)
    .await
}

/// Keeps a finding as it is now, and when it was told if that is now.
pub async fn keep(
    tx: &mut Tx,
    finding: &Finding,
    is_told: bool,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into monitoring_findings as known (kind, subject, severity, summary, since, told_at)
         values ($1, $2, $3, $4, $5, $5)
         on conflict (kind, subject) do update set severity = excluded.severity, summary = excluded.summary,
             told_at = case when $6 then excluded.told_at else known.told_at end",
        finding.kind.as_str(),
        finding.subject,
        finding.severity.step(),
        finding.summary,
        now,
        is_told
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// It is mended.
pub async fn forget(tx: &mut Tx, known: &Known) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from monitoring_findings where kind = $1 and subject = $2",
        known.kind,
        known.subject
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Connections of the database server in use, and how many it gives to those who are no superusers.
pub async fn connections(tx: &mut Tx) -> Result<(u64, u64)> {
    let row = sqlx::query!(
        r#"select (select count(*) from pg_stat_activity where backend_type = 'client backend') as "used!",
                  current_setting('max_connections')::bigint
                      - current_setting('superuser_reserved_connections')::bigint as "most!""#
    )
    .fetch_one(&mut **tx)
    .await?;
    Ok((u64::try_from(row.used)?, u64::try_from(row.most)?))
}

/// How many things of each kind are wrong.
pub async fn count_by_kind(tx: &mut Tx) -> Result<Vec<(String, i64)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select kind, count(*) as "count!" from monitoring_findings group by kind order by kind"#
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows.into_iter().map(|row| (row.kind, row.count)).collect())
}
