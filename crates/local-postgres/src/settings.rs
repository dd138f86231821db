//! What the caller decides, and the server's configuration file made of it.

use crate::Error;
use crate::layout::Layout;
use crate::memory;
use std::path::{Path, PathBuf};

/// The superuser of every cluster made here.
pub const SUPERUSER: &str = "postgres";

/// What both durabilities have in common. Everything not named keeps PostgreSQL's default.
const COMMON: &[(&str, &str)] = &[
    ("listen_addresses", ""),
    ("unix_socket_permissions", "0700"),
    ("max_connections", "200"),
    ("timezone", "UTC"),
    ("log_timezone", "UTC"),
    ("password_encryption", "scram-sha-256"),
    // Short statements, many of them: compiling a plan costs more than it saves.
    ("jit", "off"),
    // Solid-state disks: a random page costs hardly more than the next one.
    ("random_page_cost", "1.1"),
    ("wal_compression", "on"),
    // A file for each day of the week, emptied when its day returns.
    ("log_destination", "stderr"),
    ("logging_collector", "on"),
    ("log_directory", "log"),
    ("log_filename", "postgresql-%a.log"),
    ("log_rotation_age", "1d"),
    ("log_rotation_size", "0"),
    ("log_truncate_on_rotation", "on"),
    ("log_file_mode", "0600"),
    ("log_line_prefix", "%m [%p] %q%u@%d %a "),
];

const FULL: &[(&str, &str)] = &[
    ("fsync", "on"),
    ("synchronous_commit", "on"),
    ("full_page_writes", "on"),
    // Fewer checkpoints, at the price of a longer recovery after a crash.
    ("max_wal_size", "4GB"),
    ("checkpoint_timeout", "15min"),
];

const NONE: &[(&str, &str)] = &[
    ("fsync", "off"),
    ("full_page_writes", "off"),
    // Costs little without fsync, and a kill -9 of the server still loses nothing acknowledged.
    ("synchronous_commit", "on"),
    ("max_wal_size", "1GB"),
];

/// Whether commits survive a loss of power.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    Full,
    /// For tests: nothing waits for the disk. Commits survive the death of processes, but a crash of the machine
    /// ruins the cluster.
    None,
}

/// How to open a cluster. It has no `Debug`: it holds a password.
#[derive(Clone)]
pub struct Settings {
    /// The data directory; the cluster is `postgres` in it. Made if it is missing.
    pub directory: PathBuf,
    /// Of the user `postgres`; used once, when the cluster is made.
    pub superuser_password: String,
    /// Only names the socket file: nothing listens on the network.
    pub port: u16,
    pub durability: Durability,
    /// More server settings, name and value; they override ours.
    pub extra: Vec<(String, String)>,
    /// The directory of PostgreSQL's programs, instead of looking for them.
    pub program_override: Option<PathBuf>,
    /// When another process of ours holds the cluster, use its server rather than fail.
    pub share: bool,
}

impl Settings {
    /// Full durability, port 5432, alone, with whatever PostgreSQL is installed.
    pub fn new(directory: impl Into<PathBuf>, superuser_password: impl Into<String>) -> Self {
        Self {
            directory: directory.into(),
            superuser_password: superuser_password.into(),
            port: 5432,
            durability: Durability::Full,
            extra: Vec::new(),
            program_override: None,
            share: false,
        }
    }

    /// The whole configuration file: initdb's first, then ours.
    pub(crate) fn configuration(&self, layout: &Layout, sockets: &Path) -> Result<String, Error> {
        let base = layout.cluster.join("postgresql.conf");
        let mut text =
            String::from("# Rewritten at every start. Use ALTER SYSTEM for settings of your own.\n");
        text.push_str(&format!("include_if_exists = {}\n", quote(&base.to_string_lossy())));
        let (durability, buffers) = match self.durability {
            Durability::Full => (FULL, memory::buffers()),
            Durability::None => (NONE, "64MB".to_owned()),
        };
        let memory = [("shared_buffers", buffers.as_str())];
        // A list, whose elements have quotes of their own.
        let sockets = format!("\"{}\"", sockets.to_string_lossy().replace('"', "\"\""));
        let port = self.port.to_string();
        let place = [("unix_socket_directories", sockets.as_str()), ("port", port.as_str())];
        let extra = self.extra.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        for (name, value) in COMMON.iter().chain(durability).copied().chain(memory).chain(extra).chain(place)
        {
            if !is_name(name) {
                return Err(Error::InvalidSetting {
                    name: format!("{name:?}"),
                    problem: "is not a setting's name",
                });
            }
            text.push_str(&format!("{name} = {}\n", quote(value)));
        }
        Ok(text)
    }

    pub(crate) fn checked_password(&self) -> Result<&str, Error> {
        let problem = match self.superuser_password.as_str() {
            "" => "is empty",
            password if password.contains(['\n', '\r', '\0']) => "contains a line break",
            password => return Ok(password),
        };
        Err(Error::InvalidSetting { name: "the superuser's password".into(), problem })
    }
}

fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.')
}

/// A value as the configuration file's grammar wants it, on one line.
fn quote(value: &str) -> String {
    let escaped = value.replace('\\', "\\\\").replace('\'', "''").replace('\n', "\\n").replace('\r', "\\r");
    format!("'{escaped}'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_cannot_leave_its_quotes() {
        for (value, expected) in [
            ("", "''"),
            ("on", "'on'"),
            ("it's", "'it''s'"),
            (r"a\b", r"'a\\b'"),
            (r"\'", r"'\\'''"),
            ("a\nfsync = off", r"'a\nfsync = off'"),
        ] {
            assert_eq!(quote(value), expected);
        }
    }

    #[test]
    fn only_names_are_names() {
        for name in ["work_mem", "auto_explain.log_min_duration", "_x1"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", "1x", "a b", "a\nb", "a'b", "work-mem"] {
            assert!(!is_name(name), "{name}");
        }
    }
}
