//! Logs: one JSON record a line on standard error, or plain lines at a terminal.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

/// Starts logging at `level` (`info`, or a filter such as `info,sqlx=warn`).
pub fn start(level: &str) {
    let filter = EnvFilter::try_new(format!("{level},sqlx=warn,hyper=warn"))
        .unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // What cannot be written, on a full disk say, is not told to the same place: that would panic, and end the task.
        .log_internal_errors(false)
        .with_span_events(FmtSpan::NONE)
        .with_target(false);
    let outcome = if std::io::stderr().is_terminal() {
        builder.compact().try_init()
    } else {
        builder.json().flatten_event(true).try_init()
    };
    // A second start in one process (tests) keeps the first.
    drop(outcome);
}
