//! What a process sees of itself and of its machine, and says of itself.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use collector::{CollectorProblem, ListenerProblemCode, ListenerReport, NodeReport};
use nix::sys::resource::{Resource, getrlimit};
use nix::sys::statvfs::statvfs;
use platform::config::Config;
use platform::db::Scope;
use platform::{App, telemetry};
use time::OffsetDateTime;
use tokio::task::JoinHandle;
use uuid::Uuid;
use vocab::Severity;

use super::{Finding, Kind, fullness};
use crate::figures::{self, Reading};
use crate::store::{self, Report};

/// Between two looks.
const LOOK: Duration = Duration::from_secs(20);
/// Minutes over which errors are counted: whole ones, the present one left out.
const WINDOW_MINUTES: i64 = 15;
/// A certificate that runs out sooner is urgent.
const URGENT: time::Duration = time::Duration::days(7);

/// Writes down again and again what this process finds wrong and what it takes; ends when its handle is aborted.
pub fn start(app: &App) -> JoinHandle<()> {
    let (app, id) = (app.clone(), Uuid::now_v7());
    #[expect(clippy::disallowed_methods, reason = "the caller owns the handle")]
    tokio::spawn(async move {
        let mut last = None;
        loop {
            match report(&app, id, last).await {
                Ok(reading) => last = Some(reading),
                // The next report counts from the last one that was written.
                Err(error) => {
                    tracing::warn!(?error, "what this process finds wrong could not be written down");
                }
            }
            tokio::time::sleep(LOOK).await;
        }
    })
}

async fn report(app: &App, id: Uuid, last: Option<Reading>) -> platform::Result<Reading> {
    let (config, now) = (app.config.clone(), app.clock.now());
    let host = host();
    let (of, at) = (host.clone(), now);
    let mut findings = tokio::task::spawn_blocking(move || look(&config, &of, at)).await?;
    findings.extend(redis(app, &host));
    findings.extend(collector::report(app).into_iter().flat_map(|report| lines(&report, &host)));
    let (figures, reading) = figures::read(app, last);
    let (roles, version) = (&app.config.roles, env!("CARGO_PKG_VERSION"));
    let report = Report { id, host: &host, roles, version, findings: &findings, figures: &figures };
    let mut tx = app.db.begin(Scope::System).await?;
    store::report(&mut tx, &report, now).await?;
    tx.commit().await?;
    Ok(reading)
}

/// Blocking.
fn look(config: &Config, host: &str, now: OffsetDateTime) -> Vec<Finding> {
    let mut findings = certificates(config, host, now);
    let full = config.monitoring.full_percent;
    let data = config.data_directory.display();
    for (subject, used) in [
        (format!("disk of {data} on {host}"), disk_used(&config.data_directory)),
        (format!("memory of {host}"), memory_used()),
        (format!("open files of a process on {host}"), files_used()),
    ] {
        match used {
            Ok(used) => findings.extend(fullness(subject, used, full)),
            Err(cause) => findings.push(Finding::unchecked(subject, &cause)),
        }
    }
    findings.extend(errors(config.monitoring.most_errors, host, now));
    findings
}

/// Nodes that count apart let more pass than they should, and nothing worse.
fn redis(app: &App, host: &str) -> Option<Finding> {
    let is_away = app.limits.standing().is_some_and(|standing| !standing.is_there);
    let summary =
        "Requests are counted by each node for itself until it is back; the process's log says why.";
    is_away.then(|| Finding::new(Kind::Redis, host, Severity::Medium, summary))
}

/// Log lines that somebody sends and that are not taken here.
fn lines(report: &NodeReport, host: &str) -> Vec<Finding> {
    let listeners = report.listeners.iter().filter_map(|listener| {
        let (severity, summary) = amiss(listener)?;
        let subject = format!("{} {} on {host}", listener.transport.as_str().to_uppercase(), listener.asked);
        Some(Finding::new(Kind::Collector, subject, severity, summary))
    });
    let refusing = report.problems.iter().filter_map(|problem| match problem {
        CollectorProblem::DiskRefuses => Some("The disk takes nothing."),
        CollectorProblem::SpoolFull => Some("No room is left for what waits to be kept."),
        _ => None,
    });
    let subject = format!("log lines on {host}");
    let refusing =
        refusing.map(|summary| Finding::new(Kind::Collector, subject.clone(), Severity::High, summary));
    listeners.chain(refusing).collect()
}

/// A listener that does not listen where it should. Who may not bind the port of syslog gets another one, as the manual
/// says; who finds it taken does too, and the lines go to the program that has it.
fn amiss(listener: &ListenerReport) -> Option<(Severity, String)> {
    let problem = listener.problem.as_ref();
    match (listener.address, problem) {
        (Some(address), Some(problem)) if problem.code == ListenerProblemCode::PortInUse => {
            let summary = format!("Another program has the port: it listens at {address} instead.");
            Some((Severity::Medium, summary))
        }
        (Some(_), _) => None,
        (None, problem) => {
            let why = match problem.map(|problem| problem.code) {
                Some(ListenerProblemCode::NotPermitted) => "This process may not bind the port",
                Some(ListenerProblemCode::PortInUse) => "Another program has the port",
                Some(ListenerProblemCode::NoSuchAddress) => "No interface of this machine has the address",
                Some(ListenerProblemCode::BadSetting) => "The setting is not ADDRESS:PORT",
                Some(ListenerProblemCode::BadCertificate) => {
                    "The certificate, its key or the authorities cannot be used"
                }
                Some(ListenerProblemCode::Other) | None => "The system does not let it listen there",
            };
            let detail = problem.map_or_else(String::new, |problem| format!(": {}", problem.detail));
            Some((Severity::High, format!("{why}{detail}.")))
        }
    }
}

/// The certificates that the settings name: one more is one more line.
fn certificates(config: &Config, host: &str, now: OffsetDateTime) -> Vec<Finding> {
    let inside = if config.mtls.enabled { mtls::files(config).certificate } else { PathBuf::new() };
    let named = [
        ("tls.certificate_file", &config.tls.certificate_file),
        ("ingest.tls_certificate_file", &config.ingest.tls_certificate_file),
        ("audit.siem.certificate_file", &config.audit.siem.certificate_file),
        ("mtls.certificate_file", &inside),
    ];
    let set = named.into_iter().filter(|(_, path)| !path.as_os_str().is_empty());
    let days = time::Duration::days(i64::from(config.monitoring.certificate_days));
    set.filter_map(|(setting, path)| certificate(format!("{setting} on {host}"), path, days, now)).collect()
}

fn certificate(subject: String, path: &Path, days: time::Duration, now: OffsetDateTime) -> Option<Finding> {
    let until = match tls::expires_at(path) {
        Ok(until) => until,
        Err(cause) => return Some(Finding::unchecked(subject, &cause)),
    };
    let left = until - now;
    let severity = match left {
        left if left > days => return None,
        left if left <= time::Duration::ZERO => Severity::Critical,
        left if left <= URGENT => Severity::High,
        _ => Severity::Medium,
    };
    let date = until.date();
    let summary = match severity {
        Severity::Critical => format!("{} ran out on {date}.", path.display()),
        _ => format!("{} runs out on {date}, in {} days.", path.display(), left.whole_days()),
    };
    Some(Finding::new(Kind::Certificate, subject, severity, summary))
}

fn disk_used(directory: &Path) -> Result<f64> {
    let of = statvfs(directory).with_context(|| directory.display().to_string())?;
    // As `df` counts: what the file system keeps for root is neither used nor to be had.
    let used = of.blocks().saturating_sub(of.blocks_free());
    share(used, used.saturating_add(of.blocks_available()))
}

fn memory_used() -> Result<f64> {
    const FILE: &str = "/proc/meminfo";
    let text = std::fs::read_to_string(FILE).context(FILE)?;
    let kib = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        let number = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
        number.with_context(|| format!("{FILE} has no {name}"))
    };
    share(kib("MemAvailable")?, kib("MemTotal")?).map(|free| 100.0 - free)
}

fn files_used() -> Result<f64> {
    const DIRECTORY: &str = "/proc/self/fd";
    let open = std::fs::read_dir(DIRECTORY).context(DIRECTORY)?.count();
    let (most, _) = getrlimit(Resource::RLIMIT_NOFILE).context("the limit of open files")?;
    share(u64::try_from(open)?, most)
}

/// In percent.
pub fn share(part: u64, whole: u64) -> Result<f64> {
    anyhow::ensure!(whole > 0, "there is nothing of it");
    #[expect(clippy::cast_precision_loss, reason = "a percentage needs no more digits")]
    let share = part as f64 * 100.0 / whole as f64;
    Ok(share)
}

/// Errors that this process has logged within the last whole minutes.
fn errors(most: u64, host: &str, now: OffsetDateTime) -> Option<Finding> {
    let end = now.unix_timestamp() / 60;
    let window = end - WINDOW_MINUTES..end;
    let clock =
        |minute: i64| format!("{:02}:{:02}", minute.div_euclid(60).rem_euclid(24), minute.rem_euclid(60));
    let (from, to) = (clock(window.start), clock(window.end));
    let count = telemetry::errors_logged(window);
    let summary = format!("A process has logged {count} errors from {from} to {to} UTC; its log says which.");
    (count >= most.max(1)).then(|| Finding::new(Kind::Errors, host, Severity::High, summary))
}

pub fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = name.trim();
    if name.is_empty() { "this machine".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn disk_memory_and_open_files_can_be_read_here() -> Result<()> {
        for used in [disk_used(Path::new("/"))?, memory_used()?, files_used()?] {
            assert!((0.0..=100.0).contains(&used), "{used}");
        }
        assert!(disk_used(Path::new("/nowhere/at/all")).is_err());
        assert!(share(1, 0).is_err());
        Ok(())
    }

    #[test]
    fn a_collector_that_does_not_take_what_is_sent_is_told_by_its_listener_or_its_spool() -> Result<()> {
        const ELSEWHERE: Option<&str> = Some("0.0.0.0:5514");
        let high = |subject: &'static str, summary: &'static str| Some((subject, Severity::High, summary));
        let port = "tcp 0.0.0.0:514 on host";
        let cases = [
            (ELSEWHERE, None, json!([]), None),
            // So the manual says, to who is not root.
            (ELSEWHERE, Some("not_permitted"), json!([]), None),
            (
                ELSEWHERE,
                Some("port_in_use"),
                json!([]),
                Some((
                    port,
                    Severity::Medium,
                    "Another program has the port: it listens at 0.0.0.0:5514 instead.",
                )),
            ),
            (
                None,
                Some("port_in_use"),
                json!(["listener_down"]),
                high(port, "Another program has the port: as told."),
            ),
            (
                None,
                Some("bad_setting"),
                json!(["listener_down"]),
                high(port, "The setting is not ADDRESS:PORT: as told."),
            ),
            (
                None,
                Some("other"),
                json!(["listener_down"]),
                high(port, "The system does not let it listen there: as told."),
            ),
            (ELSEWHERE, None, json!(["disk_refuses"]), high("log lines on host", "The disk takes nothing.")),
            (
                ELSEWHERE,
                None,
                json!(["spool_full", "behind"]),
                high("log lines on host", "No room is left for what waits to be kept."),
            ),
            (ELSEWHERE, None, json!(["spool_filling", "database_away", "behind", "lost_lately"]), None),
        ];
        for (address, code, problems, expected) in cases {
            let report = report(address, code, &problems)?;
            let found = lines(&report, "host");
            let told =
                found.iter().map(|one| (one.subject.to_lowercase(), one.severity, one.summary.as_str()));
            let expected =
                expected.map(|(subject, severity, summary)| (subject.to_owned(), severity, summary));
            assert_eq!(told.collect::<Vec<_>>(), Vec::from_iter(expected), "{address:?} {code:?} {problems}");
        }
        Ok(())
    }

    fn report(address: Option<&str>, code: Option<&str>, problems: &Value) -> Result<NodeReport> {
        let problem = code.map(|code| json!({ "code": code, "detail": "as told" }));
        let counts = [
            "received",
            "received_bytes",
            "refused",
            "cut",
            "kernel_drops",
            "shed",
            "connections",
            "turned_away",
        ];
        let mut listener = json!({
            "transport": "tcp", "asked": "0.0.0.0:514", "address": address, "problem": problem, "is_held": false,
        });
        for count in counts {
            listener[count] = 0.into();
        }
        Ok(serde_json::from_value(json!({
            "node": Uuid::nil(), "reported_at": "2026-01-01T00:00:00Z", "state": "ok", "problems": problems,
            "listeners": [listener], "spool": { "bytes": 0, "limit_bytes": 1 }, "kept": 0, "unparsed": 0, "lost": 0,
            "oldest_waiting_at": null, "last_loss_at": null,
        }))?)
    }

    #[test]
    fn what_cannot_be_checked_is_a_finding() {
        let days = time::Duration::days(21);
        let found = certificate("x".to_owned(), Path::new("/nowhere.pem"), days, OffsetDateTime::UNIX_EPOCH);
        let found = found.unwrap_or_else(|| panic!("nothing was found"));
        assert_eq!(found.kind, Kind::Unchecked);
        assert!(found.summary.contains("/nowhere.pem"), "{}", found.summary);
    }
}
