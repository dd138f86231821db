//! Settings: the shipped defaults (`config/cibercase.toml`, which is the manual), then `cibercase.toml` in the data
//! directory, then `CIBERCASE_*` variables. The only place that reads the environment.

use std::path::{Path, PathBuf};

use anyhow::Result;
use figment::Figment;
use figment::providers::{Env, Format, Toml};
use serde::Deserialize;

const DEFAULTS: &str = include_str!("../../../config/cibercase.toml");

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub listen: String,
    pub data_directory: PathBuf,
    pub roles: Vec<String>,
    /// The address people type, such as `https://soc.example.org`; empty: whatever they used.
    pub public_url: String,
    /// Proxies in front whose X-Forwarded-For is believed, counted from us outwards.
    pub trusted_proxy_hops: usize,
    pub log_level: String,
    pub web_origins: Vec<String>,
    pub iam_policies_file: PathBuf,
    pub database: DatabaseConfig,
    pub session: SessionConfig,
    pub intake: IntakeConfig,
    pub attachments: AttachmentConfig,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseConfig {
    /// Empty: the private cluster under the data directory.
    pub url: String,
    pub max_connections: u32,
    /// A database that takes longer to answer a bare question counts as away.
    pub answer_seconds: u64,
    pub port: u16,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionConfig {
    pub idle_seconds: u64,
    pub absolute_seconds: u64,
    pub access_token_seconds: u64,
    pub allow_password_grant: bool,
    pub concurrent_password_checks: usize,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntakeConfig {
    pub body_bytes: usize,
    pub spool_bytes: u64,
    pub batch_size: usize,
    pub quarantine_body_bytes: usize,
    pub quiet_hours: u32,
    pub reopen_within_days: u32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttachmentConfig {
    pub size_bytes: u64,
}

impl Config {
    /// Reads the settings; the error says which one is wrong and where it came from.
    pub fn load(data_directory: Option<&Path>) -> Result<Self> {
        let defaults = Figment::from(Toml::string(DEFAULTS));
        let with_env = |figment: Figment| {
            figment
                .merge(Env::prefixed("CIBERCASE_").ignore(&["admin_password", "log"]).split("__"))
                .merge(Env::raw().only(&["DATABASE_URL"]).map(|_| "database.url".into()))
                .merge(Env::raw().only(&["LOG_LEVEL"]).map(|_| "log_level".into()))
        };
        let directory = match data_directory {
            Some(directory) => directory.to_path_buf(),
            None => with_env(defaults.clone()).extract_inner("data_directory")?,
        };
        let own_file = directory.join("cibercase.toml");
        let own = if own_file.exists() { defaults.merge(Toml::file_exact(own_file)) } else { defaults };
        let mut config: Config = with_env(own).extract()?;
        config.data_directory = directory;
        Ok(config)
    }

    /// The shipped defaults alone, for tests.
    pub fn defaults() -> Result<Self> {
        Ok(Figment::from(Toml::string(DEFAULTS)).extract()?)
    }

    pub fn has_role(&self, role: &str) -> bool {
        self.roles.iter().any(|known| known == role)
    }

    /// Whether browsers reach us over TLS, so that cookies may insist on it.
    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }
}

/// The administrator's password preset for automation.
pub fn admin_password() -> Option<String> {
    variable("CIBERCASE_ADMIN_PASSWORD")
}

/// An environment variable that is not a setting.
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
