//! Where data and secrets are kept.

use std::path::PathBuf;

use serde::Deserialize;

use crate::secrets::Secret;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseConfig {
    /// Empty: the private cluster under the data directory.
    pub url: Secret,
    pub max_connections: u32,
    /// A database that takes longer to answer a bare question counts as away.
    pub answer_seconds: u64,
    pub port: u16,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretsConfig {
    pub provider: SecretProvider,
    /// 0: nothing is changed for its age.
    pub rotation_days: u32,
    /// Between two looks of a process at what is kept.
    pub look_seconds: u32,
    /// A next value is known for so long before it is used.
    pub prepare_seconds: u32,
    /// The value before counts for so long after that, at least.
    pub overlap_seconds: u32,
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
