//! Mutual TLS between services: the internal listener, how services come to it, and when to insist.
//!
//! Words: the **internal listener** asks for certificates and stands apart from the public one; an **arrival** is the way in
//! which a service came, with a certificate of its own or without; **permissive** lets everybody in and notes it,
//! **strict** refuses; **readiness** says what strict would refuse; the **authority** issues certificates of one's own.
//! Tables: `service_arrivals`.
//! Invariants: an identity comes from the handshake and never from a header; what is noted is bounded, and costs a request
//! at most one write a minute; while mutual TLS is off, nothing is noted and nobody refused.

pub mod authority;
mod expiry;
mod http;
mod listener;
mod model;
mod readiness;
mod store;
mod watch;

use std::time::Duration;

use platform::jobs::Job;
use platform::{App, Module, Result};

pub use expiry::{Warning, warnings};
pub use listener::{certificates_directory, files, is_strict};
pub use model::{Arrival, Readiness, RefusedArrival, ServiceReadiness, ServiceState};
pub use readiness::readiness;
pub use watch::Watch;

platform::permission! {
    pub MtlsRead = "mtls:read",
}

/// What the process needs to know of the module.
pub fn module() -> Module {
    let every_day = Duration::from_secs(24 * 60 * 60);
    Module {
        name: "mtls",
        routes: http::routes(),
        jobs: vec![
            Job::new("mtls.arrivals", every_day, |app| async move { forget(&app).await }),
            Job::new("mtls.certificates", every_day / 2, |app| async move { expiry::tell(&app).await }),
        ],
        permissions: &["mtls:read"],
    }
}

/// What has not been seen for long is not told any more.
async fn forget(app: &App) -> Result<()> {
    let mut tx = app.db.begin(platform::db::Scope::System).await?;
    store::forget(&mut tx, app.clock.now() - time::Duration::days(readiness::MOST_DAYS)).await?;
    tx.commit().await?;
    Ok(())
}
