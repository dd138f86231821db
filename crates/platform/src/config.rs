//! Settings: the shipped defaults (`config/cibercase.toml`, which is the manual), then `cibercase.toml` in the data
//! directory, then `CIBERCASE_*` variables. The only place that reads the environment.

mod edge;
mod intake;
mod keeping;
mod oversight;
mod sign_in;
mod variables;

use std::path::{Path, PathBuf};

use anyhow::Result;
use figment::Figment;
use figment::providers::{Env, Format, Toml};
use serde::Deserialize;

use variables::is_setting;

pub use edge::{LimitsConfig, MtlsConfig, MtlsMode, RedisConfig, TlsConfig};
pub use intake::{
    AttachmentConfig, ClientCertificates, EventsConfig, IngestConfig, IntakeConfig, UnknownSenders,
};
pub use keeping::{DatabaseConfig, KmsConfig, SecretProvider, SecretsConfig, VaultConfig};
pub use oversight::{AuditConfig, LogConfig, MonitoringConfig, S3Config, SiemConfig, SiemFormat};
pub use sign_in::{
    DirectoryConfig, GroupConfig, NewPeopleConfig, ProviderConfig, SessionConfig, SignInConfig, TokensConfig,
};
pub use variables::{UnknownVariable, unknown_variables};

const PREFIX: &str = "CIBERCASE_";

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
    pub force_https: bool,
    pub web_origins: Vec<String>,
    pub iam_policies_file: PathBuf,
    pub service_identities_file: PathBuf,
    pub tls: TlsConfig,
    pub mtls: MtlsConfig,
    pub log: LogConfig,
    pub database: DatabaseConfig,
    pub limits: LimitsConfig,
    pub redis: RedisConfig,
    pub session: SessionConfig,
    pub sign_in: SignInConfig,
    pub tokens: TokensConfig,
    pub intake: IntakeConfig,
    pub ingest: IngestConfig,
    pub attachments: AttachmentConfig,
    pub events: EventsConfig,
    pub audit: AuditConfig,
    pub secrets: SecretsConfig,
    pub monitoring: MonitoringConfig,
}

impl Config {
    /// Reads the settings; the error says which one is wrong and where it came from.
    pub fn load(data_directory: Option<&Path>) -> Result<Self> {
        let defaults = Figment::from(Toml::string(DEFAULTS));
        let with_env = |figment: Figment| {
            figment
                .merge(Env::prefixed(PREFIX).filter(|name| is_setting(name.as_str())).split("__"))
                .merge(Env::raw().only(&["DATABASE_URL"]).map(|_| "database.url".into()))
                .merge(Env::raw().only(&["REDIS_URL"]).map(|_| "redis.url".into()))
                .merge(Env::raw().only(&["LOG_LEVEL"]).map(|_| "log_level".into()))
                .merge(Env::raw().only(&["LOG_RETENTION_DAYS"]).map(|_| "log.keep_days".into()))
                .merge(Env::raw().only(&["FORCE_HTTPS"]).map(|_| "force_https".into()))
                .merge(Env::raw().only(&["SECRET_PROVIDER"]).map(|_| "secrets.provider".into()))
                .merge(Env::raw().only(&["SECRET_ROTATION_DAYS"]).map(|_| "secrets.rotation_days".into()))
                .merge(Env::raw().only(&["MTLS_ENABLED"]).map(|_| "mtls.enabled".into()))
                .merge(Env::raw().only(&["MTLS_MODE"]).map(|_| "mtls.mode".into()))
                .merge(Env::raw().only(&["STS_URL"]).map(|_| "mtls.url".into()))
                .merge(named_origins())
        };
        let directory = match data_directory {
            Some(directory) => directory.to_path_buf(),
            None => with_env(defaults.clone()).extract_inner("data_directory")?,
        };
        let own_file = directory.join("cibercase.toml");
        let own = if own_file.exists() { defaults.merge(Toml::file_exact(own_file)) } else { defaults };
        let mut config: Config = with_env(own).extract()?;
        config.data_directory = directory;
        config.check()?;
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
        self.public_url.starts_with("https://") || self.speaks_tls()
    }

    /// Whether the program itself speaks TLS where it listens.
    pub fn speaks_tls(&self) -> bool {
        !self.tls.certificate_file.as_os_str().is_empty()
    }

    /// Other origins whose pages are let in. With TLS, none that anybody on the way could write.
    pub fn origins(&self) -> impl Iterator<Item = &str> {
        let is_https = self.is_https();
        let origins = self.web_origins.iter().map(String::as_str);
        origins.filter(move |origin| !is_https || origin.starts_with("https://"))
    }

    /// What each setting allows and the whole does not.
    fn check(&self) -> Result<()> {
        for origin in &self.web_origins {
            anyhow::ensure!(
                is_origin(origin),
                "web_origins: {origin:?} is no origin such as \"https://soc.example.org\": scheme, host and port, in small letters"
            );
        }
        anyhow::ensure!(
            (1..=60).contains(&self.secrets.look_seconds),
            "secrets.look_seconds: 1 to 60, for others wait two minutes for a process"
        );
        let has_key = !self.tls.key_file.as_os_str().is_empty();
        anyhow::ensure!(self.speaks_tls() == has_key, "tls: certificate_file and key_file are set together");
        anyhow::ensure!(
            !self.force_https || self.speaks_tls() || self.trusted_proxy_hops > 0,
            "force_https: nothing here speaks TLS; set tls.certificate_file, or trusted_proxy_hops behind a proxy that does"
        );
        let of_its_own = [&self.mtls.certificate_file, &self.mtls.key_file, &self.mtls.client_ca_file];
        let named = of_its_own.iter().filter(|file| !file.as_os_str().is_empty()).count();
        anyhow::ensure!(
            matches!(named, 0 | 3),
            "mtls: certificate_file, key_file and client_ca_file are set together"
        );
        anyhow::ensure!(
            self.mtls.url.is_empty() || (self.mtls.url.starts_with("https://") && is_origin(&self.mtls.url)),
            "mtls.url: {:?} is no address such as \"https://sts.example.org:8443\"",
            self.mtls.url
        );
        self.sign_in.check()
    }
}

/// A scheme, a host and a port as browsers write them; no pattern, and not the `null` of pages without an origin.
fn is_origin(text: &str) -> bool {
    let Ok(uri) = text.parse::<http::Uri>() else { return false };
    let (Some("http" | "https"), Some(authority)) = (uri.scheme_str(), uri.authority()) else { return false };
    let is_bare = text.split_once("://").is_some_and(|(_, rest)| rest == authority.as_str());
    is_bare && !text.contains(['*', '@']) && text == text.to_lowercase()
}

/// CORS_ORIGINS, as others name it: a list with commas.
fn named_origins() -> Figment {
    match variable("CORS_ORIGINS") {
        None => Figment::new(),
        Some(origins) => {
            let origins = origins.split(',').map(str::trim).filter(|origin| !origin.is_empty());
            Figment::from(("web_origins", origins.collect::<Vec<_>>()))
        }
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
