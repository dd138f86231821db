//! How it is reached: TLS, services' certificates, how much at once.

use std::path::PathBuf;

use serde::Deserialize;

use crate::secrets::Secret;

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
