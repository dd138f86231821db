//! What arrives, and how much of it is kept.

use std::path::PathBuf;

use serde::Deserialize;

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
