//! What the command line does beside serving.

pub mod audit;
pub mod certs;
pub mod doctor;
pub mod mtls;
pub mod organization;
pub mod policy;
pub mod secrets;
pub mod setup;
pub mod source;
pub mod user;

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use platform::config::Config;
use platform::secrets::SecretStore;
use serde::Serialize;

use crate::database::{self, Ready};

/// What every command is given.
pub struct Context {
    pub data_dir: Option<PathBuf>,
    pub is_json: bool,
}

impl Context {
    pub fn config(&self) -> Result<Config> {
        for unknown in platform::config::unknown_variables() {
            let meant = unknown.nearest.map(|name| format!("; did you mean {name}?")).unwrap_or_default();
            complain(&format!("Warning: {} is no setting and is left alone{meant}", unknown.name));
        }
        Config::load(self.data_dir.as_deref()).context("the settings are wrong")
    }

    /// The migrated database; the private one is started when no server runs it already.
    pub async fn database(&self) -> Result<(Config, SecretStore, Ready)> {
        let config = self.config()?;
        database::make_data_directory(&config.data_directory)?;
        let secrets = ::secrets::open(&config)?;
        let ready = database::open(&config, &secrets).await?;
        Ok((config, secrets, ready))
    }

    /// Says a result: JSON for programs, lines for people.
    pub fn answer(&self, value: &impl Serialize, text: &str) -> Result<()> {
        if self.is_json {
            say(&serde_json::to_string(value)?);
        } else {
            say(text);
        }
        Ok(())
    }
}

/// Writes a line to standard output; a reader that has gone away is no error.
pub fn say(text: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Writes a line to standard error.
pub fn complain(text: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Brings the database to this version.
pub async fn migrate(context: &Context) -> Result<()> {
    let (_, _, ready) = context.database().await?;
    ready.db.pool().close().await;
    context.answer(&serde_json::json!({ "migrated": true }), "The database is at this version.")
}

/// An [`App`](platform::App) for a command: no routes, no background work.
pub async fn app(context: &Context) -> Result<(platform::App, Ready)> {
    let (config, secrets, ready) = context.database().await?;
    let app = crate::serve::build(&config, &secrets, &ready)?;
    Ok((app, ready))
}

/// A module's refusal as a person at the command line reads it.
pub fn told(error: platform::Error) -> anyhow::Error {
    match error {
        platform::Error::Problem(problem) => anyhow::anyhow!("{}", problem.detail),
        platform::Error::Internal(cause) => cause,
    }
}
