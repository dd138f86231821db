//! What the disk refuses: told once when it begins and once when it is over, and shown meanwhile.

use std::io::{Error, ErrorKind};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A disk that is almost full takes short lines and refuses long ones: it is over when nothing was refused for so long.
const CALM: Duration = Duration::from_secs(5);

vocab::text_enum! {
    pub enum SpoolProblemCode {
        /// No space, no quota, or no larger file is allowed.
        DiskFull = "disk_full",
        DiskFailing = "disk_failing",
    }
}

/// Why the disk takes nothing.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SpoolProblem {
    pub code: SpoolProblemCode,
    /// As the system says it.
    pub detail: String,
}

impl From<&Error> for SpoolProblem {
    fn from(error: &Error) -> Self {
        let code = match error.kind() {
            _ if is_full(error) || error.kind() == ErrorKind::FileTooLarge => SpoolProblemCode::DiskFull,
            _ => SpoolProblemCode::DiskFailing,
        };
        Self { code, detail: error.to_string() }
    }
}

/// Whether removing something else would help.
pub fn is_full(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
}

/// Of one thing that is asked of the disk again and again.
#[derive(Debug)]
pub struct Trouble {
    doing: &'static str,
    lately: Mutex<Option<Failure>>,
}

#[derive(Debug)]
struct Failure {
    problem: SpoolProblem,
    failed_at: Instant,
    /// Whether it has gone well since.
    is_mended: bool,
}

impl Trouble {
    pub fn with(doing: &'static str) -> Self {
        Self { doing, lately: Mutex::default() }
    }

    pub fn now(&self) -> Option<SpoolProblem> {
        let mut lately = self.lately.lock().unwrap_or_else(PoisonError::into_inner);
        if lately.as_ref().is_some_and(|failure| failure.is_mended && failure.failed_at.elapsed() > CALM) {
            tracing::info!(doing = self.doing, "the disk takes the spool of log lines again");
            *lately = None;
        }
        lately.as_ref().map(|failure| failure.problem.clone())
    }

    /// Notes how it went this time.
    pub fn note<T>(&self, outcome: &Result<T, Error>) {
        let mut lately = self.lately.lock().unwrap_or_else(PoisonError::into_inner);
        match outcome {
            Ok(_) => {
                if let Some(failure) = lately.as_mut() {
                    failure.is_mended = true;
                }
            }
            Err(error) => {
                let failure = Failure { problem: error.into(), failed_at: Instant::now(), is_mended: false };
                if lately.replace(failure).is_none() {
                    tracing::error!(%error, doing = self.doing, "the disk does not take the spool of log lines");
                }
            }
        }
    }
}
