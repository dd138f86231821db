//! What there is to change, and how.

use platform::secrets::{random_hex, random_password};

/// The secrets that the program knows by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Refresh tokens are derived from it; the one before still finds what it gave.
    ApiSecret,
    /// Seals signing keys and second factors in the database, which are sealed anew.
    KeyEncryptionKey,
    /// Of the database that is ours: two logins take turns.
    DatabasePassword,
    /// Of the same database; asked for when a process starts, which tries both.
    SuperuserPassword,
    /// Seals the kept secrets, which are sealed anew.
    SealingKey,
    /// Signs access tokens; the token service has phases of its own for it.
    SigningKey,
    /// Signs the audit log's checkpoints, and is the log's name: with another it would be another log to its witnesses.
    AuditLogKey,
    /// Put there by somebody for something that the program does not know.
    Unknown,
}

pub const SIGNING_KEY: &str = "signing-key";
pub const DATABASE_PASSWORD: &str = "database-password";
pub const SUPERUSER_PASSWORD: &str = "database-superuser-password";
const AUDIT_LOG_KEY: &str = "audit-log-key";
const SEALING_KEYS: [&str; 2] = ["data-key", "master-key"];

/// Those that change by versions, step by step.
pub const STEPWISE: [(&str, Kind); 3] = [
    (identity::API_SECRET, Kind::ApiSecret),
    (sts::SEALING_SECRET, Kind::KeyEncryptionKey),
    (DATABASE_PASSWORD, Kind::DatabasePassword),
];

impl Kind {
    pub fn of(name: &str) -> Self {
        match name {
            SIGNING_KEY => Self::SigningKey,
            SUPERUSER_PASSWORD => Self::SuperuserPassword,
            AUDIT_LOG_KEY => Self::AuditLogKey,
            name if SEALING_KEYS.contains(&name) => Self::SealingKey,
            name => {
                STEPWISE.iter().find(|(known, _)| *known == name).map_or(Self::Unknown, |(_, kind)| *kind)
            }
        }
    }

    pub fn can_change(self) -> bool {
        !matches!(self, Self::AuditLogKey | Self::Unknown)
    }

    /// A fresh value.
    pub fn make(self) -> String {
        match self {
            Self::DatabasePassword | Self::SuperuserPassword => random_password(24),
            _ => random_hex(32),
        }
    }
}
