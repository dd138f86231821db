//! What is recorded of the installation itself, and what is watched.

use std::path::PathBuf;

use serde::Deserialize;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogConfig {
    pub to_files: bool,
    pub keep_days: u32,
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
