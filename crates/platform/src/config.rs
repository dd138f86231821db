//! Settings: the shipped defaults (`config/cibercase.toml`, which is the manual), then `cibercase.toml` in the data
//! directory, then `CIBERCASE_*` variables. The only place that reads the environment.

mod variables;

use std::path::{Path, PathBuf};

use anyhow::Result;
use figment::Figment;
use figment::providers::{Env, Format, Toml};
use serde::Deserialize;

use crate::secrets::Secret;
use variables::is_setting;

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

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogConfig {
    pub to_files: bool,
    pub keep_days: u32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsConfig {
    pub certificate_file: PathBuf,
    pub key_file: PathBuf,
}

/// The internal listener, where services show certificates.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MtlsConfig {
    pub enabled: bool,
    pub mode: MtlsMode,
    pub listen: String,
    /// Where services reach it; empty: they are told out of band.
    pub url: String,
    /// Empty, like the two below: those that `cibercase certs` keeps in the data directory.
    pub certificate_file: PathBuf,
    pub key_file: PathBuf,
    pub client_ca_file: PathBuf,
    /// Empty beside authorities of one's own: nothing is revoked.
    pub crl_file: PathBuf,
}

/// What becomes of a service that shows no certificate of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MtlsMode {
    /// It is let in, and noted.
    Permissive,
    Strict,
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

/// 0: as much as they like.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitsConfig {
    pub requests_per_minute: u32,
    pub unknown_requests_per_minute: u32,
}

/// What nodes share and may do without.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RedisConfig {
    /// Empty: each node counts by itself.
    pub url: Secret,
    pub ca_file: PathBuf,
    pub key_prefix: String,
    /// How long a request waits for an answer at most.
    pub answer_milliseconds: u64,
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

/// Signing in through others.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignInConfig {
    pub providers: Vec<ProviderConfig>,
}

/// A provider of OpenID Connect.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderConfig {
    /// Small letters, digits and hyphens: part of the address that people come back to.
    pub id: String,
    pub label: String,
    /// Exactly as the provider spells it.
    pub issuer: String,
    pub client_id: String,
    /// The name of the client's secret among the secrets; empty: `oidc-` and the id.
    #[serde(default)]
    pub secret: String,
    /// Hosts beside the issuer's, and networks beside the Internet's, that may be called for it.
    #[serde(default)]
    pub egress: String,
    /// Empty: the authorities that browsers believe.
    #[serde(default)]
    pub ca_file: PathBuf,
    /// Values of `amr` and of `acr` that stand for a second factor.
    #[serde(default)]
    pub second_factor_amr: Vec<String>,
    #[serde(default)]
    pub second_factor_acr: Vec<String>,
    /// What somebody gets who has no account yet; absent: none is made.
    #[serde(default)]
    pub new_people: Option<NewPeopleConfig>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewPeopleConfig {
    /// The organization's slug.
    pub organization: String,
    pub role: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokensConfig {
    /// How long a key signs before the next one does.
    pub key_days: u32,
    /// How long a key is published before it signs.
    pub publish_seconds: u32,
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
pub struct IngestConfig {
    /// Empty: does not listen.
    pub udp: String,
    pub tcp: String,
    pub tls: String,
    pub tls_certificate_file: PathBuf,
    pub tls_key_file: PathBuf,
    pub tls_client_ca_file: PathBuf,
    pub tls_client_certificates: ClientCertificates,
    /// 0: one for every two cores.
    pub udp_sockets: usize,
    pub receive_buffer_bytes: usize,
    pub message_bytes: usize,
    pub connections: usize,
    pub connections_per_sender: usize,
    pub idle_seconds: u64,
    pub unknown_senders: UnknownSenders,
    pub spool_bytes: u64,
    pub batch_size: usize,
}

/// What a listener with TLS asks of those who connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientCertificates {
    Off,
    Optional,
    Required,
}

/// What becomes of messages from addresses that no source has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownSenders {
    Refuse,
    Keep,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttachmentConfig {
    pub size_bytes: u64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventsConfig {
    pub keep_days: u32,
    /// With indexes; 0 for any size.
    pub keep_bytes: u64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditConfig {
    /// Directories, and addresses of other installations.
    pub witnesses: Vec<String>,
    pub witness_ca_file: PathBuf,
    /// Keys of other installations' logs.
    pub witness_of: Vec<String>,
    pub s3: S3Config,
    pub siem: SiemConfig,
}

/// A witness that keeps each checkpoint as an object which nobody can change for a while.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct S3Config {
    /// Empty: none.
    pub bucket: String,
    pub prefix: String,
    pub region: String,
    /// Empty: the region's own.
    pub endpoint: String,
    pub ca_file: PathBuf,
    /// Empty: the environment says who we are.
    pub access_key_id: String,
    pub retention_days: u32,
    /// Between two checkpoints at least.
    pub every_seconds: u32,
}

impl S3Config {
    /// As people are told of it; none where there is no bucket.
    pub fn name(&self) -> Option<String> {
        let Self { bucket, prefix, .. } = self;
        (!bucket.is_empty()).then(|| format!("s3://{bucket}/{prefix}"))
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiemConfig {
    /// Empty: records go nowhere.
    pub address: String,
    pub format: SiemFormat,
    /// Empty: the host of the address.
    pub server_name: String,
    pub ca_file: PathBuf,
    pub certificate_file: PathBuf,
    pub key_file: PathBuf,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MonitoringConfig {
    /// Slug or name; empty: the first there was.
    pub organization: String,
    /// Addresses of accounts that nobody uses.
    pub canary_accounts: Vec<String>,
    /// Ids of registered services that nobody uses.
    pub canary_services: Vec<String>,
    pub certificate_days: u32,
    /// Of disk, memory, database connections and open files.
    pub full_percent: u8,
    /// Of one process, within a quarter of an hour.
    pub most_errors: u64,
    pub lag_seconds: u32,
}

/// How a record is written for a SIEM.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SiemFormat {
    Ocsf,
    Cef,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretsConfig {
    pub provider: SecretProvider,
    /// Empty: `secrets/master-key` in the data directory.
    pub master_key_file: PathBuf,
    pub vault: VaultConfig,
    pub kms: KmsConfig,
}

/// Who keeps the secrets, or the key that seals them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretProvider {
    Local,
    Vault,
    AwsKms,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VaultConfig {
    pub address: String,
    /// The version of the key-value engine: 1 or 2.
    pub version: u8,
    pub mount: String,
    pub path: String,
    pub role_id: String,
    pub secret_id_file: PathBuf,
    pub ca_file: PathBuf,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KmsConfig {
    pub key_id: String,
    pub region: String,
    /// Empty: the region's own.
    pub endpoint: String,
    pub ca_file: PathBuf,
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
        Ok(())
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
