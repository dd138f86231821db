//! What can go wrong. Every message says what happened and what to do about it.

use crate::programs::{MINIMUM_MAJOR, Version};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Why there is no running server.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    #[error(
        "PostgreSQL {MINIMUM_MAJOR} or newer was not found (looked in {looked}); install it with \
         `apt install postgresql`, or name the directory of its programs"
    )]
    NoPrograms { looked: String },

    #[error(
        "PostgreSQL refuses to run as root, and there is no user `postgres` to run it as; create one with \
         `adduser --system --group postgres`, or start this program as an ordinary user"
    )]
    NoAccount,

    #[error(
        "the user {account} cannot enter {}, which is on the way to {}; run `chmod o+x {0}`, or choose another \
         data directory with --data-dir, such as /var/lib/cibercase",
        .blocked.display(), .path.display()
    )]
    Unreachable { path: PathBuf, blocked: PathBuf, account: String },

    #[error(
        "{} belongs to user id {owner}, but the server would run as {account}; run this program as the owner, or \
         give it away with `chown -R {account} {0}`",
        .path.display()
    )]
    OtherOwner { path: PathBuf, owner: u32, account: String },

    #[error(
        "{} is a cluster of PostgreSQL {cluster}, but the programs in {} are version {programs}; install \
         PostgreSQL {cluster}, or move the data to version {} with pg_upgrade, or with pg_dumpall from the old \
         version and a restore into a new data directory",
        .path.display(), .program_directory.display(), .programs.major
    )]
    OtherVersion { path: PathBuf, cluster: u32, programs: Version, program_directory: PathBuf },

    #[error(
        "{} is neither empty nor a PostgreSQL cluster; move it away, or choose another data directory",
        .path.display()
    )]
    NotACluster { path: PathBuf },

    #[error(
        "process {holder} already holds the cluster in {}; stop it first, or choose another data directory",
        .directory.display()
    )]
    Held { directory: PathBuf, holder: String },

    #[error("no space is left on the disk of {}; free some and start again. {detail}", .path.display())]
    DiskFull { path: PathBuf, detail: String },

    #[error(
        "{} is not writable: {source}; correct its permissions, or choose another data directory",
        .path.display()
    )]
    NotWritable { path: PathBuf, source: io::Error },

    #[error("{}: {source}", .path.display())]
    Io { path: PathBuf, source: io::Error },

    #[error("the path {} is not UTF-8; choose another data directory", .path.display())]
    NotUnicode { path: PathBuf },

    #[error("{name} {problem}; correct the settings")]
    InvalidSetting { name: String, problem: &'static str },

    #[error("{} could not be run: {source}; check that PostgreSQL is installed whole", .program.display())]
    Run { program: PathBuf, source: io::Error },

    #[error(
        "initdb could not make a cluster for {}. It said: {output}. Nothing was left behind: correct the cause \
         and start again",
        .path.display()
    )]
    Initialize { path: PathBuf, output: String },

    #[error(
        "the Unix socket {} cannot be used: {detail}; check its directory, or set a shorter TMPDIR or data \
         directory",
        .path.display()
    )]
    Socket { path: PathBuf, detail: String },

    #[error(
        "the PostgreSQL server of {} stopped while starting ({status}); correct the cause in its log and start \
         again:\n{log}",
        .path.display()
    )]
    Start { path: PathBuf, status: String, log: String },

    #[error(
        "the PostgreSQL server of {} did not accept connections within {limit:?}. It was left running, since it \
         may be recovering after a crash: start again to wait on. Its log ends with:\n{log}",
        .path.display()
    )]
    StartTimeout { path: PathBuf, limit: Duration, log: String },

    #[error(
        "processes {pids} of a server that died still use {}; end them with `kill -QUIT {pids}` and start again",
        .path.display()
    )]
    Leftovers { path: PathBuf, pids: String },

    #[error("the PostgreSQL server, process {pid}, did not stop; look at its log, then `kill -QUIT {pid}`")]
    StopTimeout { pid: u32 },
}

impl Error {
    /// Tells a full disk and missing permissions from other trouble with a file.
    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Self::DiskFull { path, detail: source.to_string() }
            }
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::NotWritable { path, source }
            }
            _ => Self::Io { path, source },
        }
    }
}

/// Whether a program's output complains of a full disk (its messages are in English: we set its locale).
pub(crate) fn is_disk_full(output: &str) -> bool {
    output.contains("No space left on device") || output.contains("Disk quota exceeded")
}
