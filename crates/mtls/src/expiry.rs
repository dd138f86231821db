//! Certificates that soon run out, told while there is time.

use std::fmt;

use anyhow::Result;
use platform::App;
use platform::config::Config;
use time::OffsetDateTime;

use crate::authority::{Authority, LATE};
use crate::listener::{certificates_directory, files};

/// A certificate that runs out within 14 days, or has.
#[derive(Debug, Clone)]
pub struct Warning {
    pub name: String,
    pub expires_at: OffsetDateTime,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the certificate of {} runs out on {}", self.name, self.expires_at.date())
    }
}

/// What soon runs out: of our own authority what is in use, and the internal listener's certificate, whoever issued it.
/// Opening the authority also makes its revocation list anew where that is due.
pub fn warnings(config: &Config, now: OffsetDateTime) -> Result<Vec<Warning>> {
    let directory = certificates_directory(&config.data_directory);
    let listener = files(config).certificate;
    let mut found = Vec::new();
    if directory.is_dir() {
        let authority = Authority::open(&directory, now)?;
        let late = authority.in_use().into_iter().filter(|one| one.expires_at - now < LATE);
        found.extend(late.map(|one| Warning { name: one.name.clone(), expires_at: one.expires_at }));
    }
    // The authority knows what stands in its own directory.
    if config.mtls.enabled && !listener.starts_with(&directory) {
        let expires_at = tls::expires_at(&listener)?;
        if expires_at - now < LATE {
            found.push(Warning { name: "the internal listener".to_owned(), expires_at });
        }
    }
    Ok(found)
}

/// Tells the log.
pub(crate) async fn tell(app: &App) -> platform::Result<()> {
    let (config, now) = (app.config.clone(), app.clock.now());
    let found = tokio::task::spawn_blocking(move || warnings(&config, now)).await?;
    match found {
        Ok(found) => {
            for warning in found {
                tracing::warn!(name = warning.name, expires_at = %warning.expires_at, "a certificate soon runs out");
            }
        }
        // Somebody may be at work with `cibercase certs`; the next time says it.
        Err(error) => tracing::warn!(error = format!("{error:#}"), "certificates cannot be looked at"),
    }
    Ok(())
}
