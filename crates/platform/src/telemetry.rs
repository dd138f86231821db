//! Logs: one record a line. Standard error has what an operator should see, as JSON or as plain lines at a terminal; the
//! files have that and every access besides.

use std::io::{self, IsTerminal};

use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt};

use crate::clock::Clock;
use crate::config::Config;
use crate::log_files::LogFiles;

/// The target of records of who asked for what: they are for the files, and would drown everything else.
pub const ACCESS: &str = "access";
/// Within the data directory.
const DIRECTORY: &str = "logs";

/// Starts logging. Files that cannot be written are told and missed, nothing else. What comes back writes out what is still
/// on its way when it is dropped.
#[must_use]
pub fn start(config: &Config) -> Option<WorkerGuard> {
    let (files, guard, trouble) = match config.log.to_files.then(|| to_files(config)) {
        Some(Ok((writer, guard))) => (Some(writer), Some(guard), None),
        Some(Err(error)) => (None, None, Some(error)),
        None => (None, None, None),
    };
    let files = files.map(|writer| {
        let layer = fmt::layer().json().flatten_event(true).with_target(false).with_writer(writer);
        layer.log_internal_errors(false).with_filter(filter(&config.log_level))
    });
    // What cannot be written, on a full disk say, is not told to the same place: that would panic, and end the task.
    let stderr = fmt::layer().with_writer(io::stderr).with_target(false).log_internal_errors(false);
    let quiet = filter(&format!("{},{ACCESS}=off", config.log_level));
    let registry = tracing_subscriber::registry().with(files);
    let outcome = if io::stderr().is_terminal() {
        registry.with(stderr.compact().with_filter(quiet)).try_init()
    } else {
        registry.with(stderr.json().flatten_event(true).with_filter(quiet)).try_init()
    };
    // A second start in one process (tests) keeps the first.
    drop(outcome);
    if let Some(error) = trouble {
        tracing::error!(directory = DIRECTORY, %error, "log files cannot be written in the data directory");
    }
    guard
}

/// `info`, or a filter such as `info,sqlx=warn`.
fn filter(level: &str) -> EnvFilter {
    EnvFilter::try_new(format!("{level},sqlx=warn,hyper=warn")).unwrap_or_else(|_| EnvFilter::new("info"))
}

/// A thread of its own writes; whoever logs faster than the disk takes waits, and loses nothing.
fn to_files(config: &Config) -> io::Result<(NonBlocking, WorkerGuard)> {
    let directory = config.data_directory.join(DIRECTORY);
    let files = LogFiles::open(directory, config.log.keep_days, Clock::System)?;
    Ok(NonBlockingBuilder::default().lossy(false).finish(files))
}
