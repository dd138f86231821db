//! Logs: one record a line. Standard error has what an operator should see, as JSON or as plain lines at a terminal; the
//! files have that and every access besides.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal};
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use tracing::{Event, Level, Subscriber};
use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::layer::{Context, SubscriberExt};
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
    let registry = tracing_subscriber::registry().with(ErrorCounts).with(files);
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

/// Errors that this process has logged, by the minute since 1970.
static ERRORS: Mutex<BTreeMap<i64, u64>> = Mutex::new(BTreeMap::new());
/// Minutes that are remembered.
const MINUTES: usize = 60;

/// How many errors this process has logged within these minutes since 1970, of the last hour.
pub fn errors_logged(minutes: Range<i64>) -> u64 {
    ERRORS.lock().unwrap_or_else(PoisonError::into_inner).range(minutes).map(|(_, count)| count).sum()
}

/// Counts what is logged as an error, wherever it is written.
pub struct ErrorCounts;

impl<S: Subscriber> Layer<S> for ErrorCounts {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        if *event.metadata().level() != Level::ERROR {
            return;
        }
        let minute = Clock::System.now().unix_timestamp() / 60;
        let mut counts = ERRORS.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry(minute).or_default() += 1;
        while counts.len() > MINUTES {
            counts.pop_first();
        }
    }
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
