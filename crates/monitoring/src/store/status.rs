//! What the page about the installation shows.

use platform::Tx;
use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;
use vocab::Severity;

use super::SignIns;

/// Of each list.
const MOST: i64 = 100;

/// A process as it last spoke of itself.
#[derive(Debug, Clone)]
pub struct Process {
    /// Made at its start, and says when that was.
    pub id: Uuid,
    pub host: String,
    pub roles: Vec<String>,
    /// None of an older version.
    pub version: Option<String>,
    pub seen_at: OffsetDateTime,
    pub is_heard: bool,
    /// An empty object of an older version.
    pub figures: Value,
}

/// The processes that were heard of since then, and of those that were not, the last of each machine and roles; where another runs
/// in its place, one that is gone is no news.
pub async fn processes(tx: &mut Tx, since: OffsetDateTime) -> Result<Vec<Process>, sqlx::Error> {
    sqlx::query_as!(
        Process,
        r#"select process.id, process.host, process.roles, process.version, process.seen_at,
                  process.seen_at >= $1 as "is_heard!", process.figures
           from monitoring_processes as process
           where process.seen_at >= $1 or process.id in (select id from monitoring_speakers)
           order by process.seen_at >= $1 desc, process.host, process.roles, process.id
           limit $2"#,
        since,
        MOST
    )
    .fetch_all(&mut **tx)
    .await
}

/// Something that is wrong now.
#[derive(Debug, Clone)]
pub struct Standing {
    pub kind: String,
    pub subject: String,
    pub severity: Severity,
    pub summary: String,
    pub since: OffsetDateTime,
}

/// What is wrong now, the gravest first.
pub async fn standing(tx: &mut Tx) -> Result<Vec<Standing>, sqlx::Error> {
    sqlx::query_as!(
        Standing,
        r#"select kind, subject, severity as "severity: Severity", summary, since
           from monitoring_findings order by severity desc, since, kind, subject limit $1"#,
        MOST
    )
    .fetch_all(&mut **tx)
    .await
}

/// The minutes since then that had sign-ins. The watch has counted them out of the audit log before, so an hour is sixty rows of the
/// primary key (`monitoring_sign_ins_pkey`), however long the log is.
pub async fn sign_ins_by_minute(
    tx: &mut Tx,
    since: OffsetDateTime,
) -> Result<Vec<(OffsetDateTime, SignIns)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select minute, succeeded, failed, services_failed from monitoring_sign_ins where minute >= $1",
        since
    )
    .fetch_all(&mut **tx)
    .await?;
    let of_minute = rows.into_iter().map(|row| {
        let (succeeded, failed, services_failed) = (row.succeeded, row.failed, row.services_failed);
        (row.minute, SignIns { succeeded, failed, services_failed })
    });
    Ok(of_minute.collect())
}
