//! How the installation is, for whoever runs it: what is wrong, who signs in, what every process takes, who has the audit log.

use axum::extract::State;
use platform::db::Scope;
use platform::ids::occurred_at;
use platform::{App, Json, Permit, Result, Routes, operations};
use serde::Serialize;
use time::{Duration, OffsetDateTime};
use utoipa::ToSchema;
use uuid::Uuid;
use vocab::Severity;

use crate::figures::ProcessFigures;
use crate::findings::{GONE, Kind};
use crate::metrics::{MetricsRead, OF_ALL};
use crate::store::{self, Process, SignIns, Standing};

/// Sign-ins are counted by steps of so long, as many as make an hour.
const STEP: Duration = Duration::minutes(5);
const STEPS: i32 = 12;

pub fn routes() -> Routes {
    operations![get_status]
}

#[derive(Serialize, ToSchema)]
struct InstallationStatus {
    /// Those that are heard of first, at most 100. One that is gone stands here until another on its machine with its roles
    /// speaks, or for seven days.
    processes: Vec<ProcessStatus>,
    /// The last hour in steps of five minutes, the present one last.
    sign_ins: Vec<SignInStep>,
    /// What is wrong now, the gravest first; at most 100.
    findings: Vec<FindingStatus>,
    /// Who is told of the audit log, as the settings say.
    followers: Vec<FollowerStatus>,
}

/// A process, as it last spoke of itself.
#[derive(Serialize, ToSchema)]
struct ProcessStatus {
    id: Uuid,
    host: String,
    roles: Vec<String>,
    /// Null of an older version, which does not say it.
    version: Option<String>,
    /// When it was started.
    #[serde(with = "time::serde::rfc3339")]
    since: OffsetDateTime,
    /// When it last spoke.
    #[serde(with = "time::serde::rfc3339")]
    seen_at: OffsetDateTime,
    /// Whether it spoke within two minutes.
    is_heard: bool,
    /// Null of an older version.
    figures: Option<ProcessFigures>,
}

impl From<Process> for ProcessStatus {
    fn from(process: Process) -> Self {
        let Process { id, host, roles, version, seen_at, is_heard, figures } = process;
        let figures = serde_json::from_value(figures).ok();
        Self { id, host, roles, version, since: occurred_at(id), seen_at, is_heard, figures }
    }
}

/// Sign-ins of five minutes.
#[derive(Serialize, ToSchema)]
struct SignInStep {
    #[serde(with = "time::serde::rfc3339")]
    at: OffsetDateTime,
    succeeded: i64,
    failed: i64,
    /// Of services, which are not among `failed`.
    services_failed: i64,
}

/// Something that is wrong.
#[derive(Serialize, ToSchema)]
struct FindingStatus {
    /// Null where another version found it, which knows more kinds.
    kind: Option<Kind>,
    /// What it is about: a file, a machine, a receiver.
    subject: String,
    severity: Severity,
    summary: String,
    #[serde(with = "time::serde::rfc3339")]
    since: OffsetDateTime,
}

impl From<Standing> for FindingStatus {
    fn from(finding: Standing) -> Self {
        let Standing { kind, subject, severity, summary, since } = finding;
        Self { kind: Kind::of(&kind), subject, severity, summary, since }
    }
}

/// One who is told of the audit log.
#[derive(Serialize, ToSchema)]
struct FollowerStatus {
    /// A witness's directory or address, or the SIEM's address.
    name: String,
    /// A SIEM, which takes records; else a witness, which takes checkpoints.
    is_siem: bool,
    /// Signed records that they do not have.
    behind: u64,
    /// When the first of those was signed.
    #[serde(with = "time::serde::rfc3339::option")]
    waiting_since: Option<OffsetDateTime>,
    /// Why they take nothing now.
    problem: Option<String>,
}

impl From<audit::Lag> for FollowerStatus {
    fn from(lag: audit::Lag) -> Self {
        let audit::Lag { name, is_siem, behind, waiting_since, problem } = lag;
        Self { name, is_siem, behind, waiting_since, problem }
    }
}

/// How the installation is: its processes, the sign-ins of the last hour, what is wrong now, and who has the audit log.
#[utoipa::path(get, path = "/api/v1/status", tag = "monitoring",
    responses((status = 200, body = InstallationStatus)))]
async fn get_status(permit: Permit<MetricsRead>, State(app): State<App>) -> Result<Json<InstallationStatus>> {
    permit.expect_installation(OF_ALL)?;
    let now = app.clock.now();
    let mut tx = app.db.read(Scope::System).await?;
    let processes = store::processes(&mut tx, now - GONE).await?;
    let minutes = store::sign_ins_by_minute(&mut tx, step_of(now) - STEP * (STEPS - 1)).await?;
    let findings = store::standing(&mut tx).await?;
    let followers = audit::lags(&app, &mut tx).await?;
    Ok(Json(InstallationStatus {
        processes: processes.into_iter().map(ProcessStatus::from).collect(),
        sign_ins: steps(now, &minutes),
        findings: findings.into_iter().map(FindingStatus::from).collect(),
        followers: followers.into_iter().map(FollowerStatus::from).collect(),
    }))
}

/// The steps of the hour that ends with the present one, those without sign-ins too.
fn steps(now: OffsetDateTime, minutes: &[(OffsetDateTime, SignIns)]) -> Vec<SignInStep> {
    let present = step_of(now);
    let starts = (0..STEPS).rev().map(|back| present - STEP * back);
    let step = |at: OffsetDateTime| {
        let mut step = SignInStep { at, succeeded: 0, failed: 0, services_failed: 0 };
        for (_, counted) in minutes.iter().filter(|(minute, _)| step_of(*minute) == at) {
            step.succeeded += counted.succeeded;
            step.failed += counted.failed;
            step.services_failed += counted.services_failed;
        }
        step
    };
    starts.map(step).collect()
}

/// When the step began that a moment is in.
fn step_of(moment: OffsetDateTime) -> OffsetDateTime {
    let length = STEP.whole_seconds();
    let began = moment.unix_timestamp().div_euclid(length) * length;
    OffsetDateTime::from_unix_timestamp(began).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}
