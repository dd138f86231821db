//! Where everything is below the data directory.

use crate::Error;
use crate::account::Account;
use std::env;
use std::fs::{self, DirBuilder, Permissions};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// The longest path of a Unix socket: `sun_path` has 108 bytes on Linux, and the last is zero.
const LONGEST_SOCKET_PATH_BYTES: usize = 107;

const TEMPORARY_SOCKETS: &str = "cibercase-postgres-";

/// How much of a log's end an error message shows.
const LOG_TAIL_BYTES: i64 = 4096;
const LOG_TAIL_LINES: usize = 15;

pub(crate) struct Layout {
    pub(crate) directory: PathBuf,
    pub(crate) cluster: PathBuf,
    pub(crate) configuration: PathBuf,
    pub(crate) startup_log: PathBuf,
    pub(crate) lock: PathBuf,
}

impl Layout {
    /// Makes the data directory if it is missing.
    pub(crate) fn prepare(directory: &Path, account: &Account) -> Result<Self, Error> {
        let mode = account.passage_mode();
        if !directory.exists() {
            DirBuilder::new().recursive(true).mode(mode).create(directory).map_err(Error::io(directory))?;
            // The umask may have taken away what the account needs.
            fs::set_permissions(directory, Permissions::from_mode(mode)).map_err(Error::io(directory))?;
        }
        let directory = directory.canonicalize().map_err(Error::io(directory))?;
        if directory.to_str().is_none() {
            return Err(Error::NotUnicode { path: directory });
        }
        Ok(Self {
            cluster: directory.join("postgres"),
            configuration: directory.join("postgres.conf"),
            startup_log: directory.join("postgres-startup.log"),
            lock: directory.join("postgres.lock"),
            directory,
        })
    }

    /// The major version of the cluster, or none when there is no cluster yet.
    pub(crate) fn cluster_major(&self, account: &Account) -> Result<Option<u32>, Error> {
        if !self.cluster.exists() {
            return Ok(None);
        }
        account.claim(&self.cluster)?;
        match fs::read_to_string(self.cluster.join("PG_VERSION")) {
            Ok(version) => version.trim().parse().map(Some).map_err(|_| self.not_a_cluster()),
            Err(error) if error.kind() == io::ErrorKind::NotFound && is_empty(&self.cluster) => Ok(None),
            Err(_) => Err(self.not_a_cluster()),
        }
    }

    /// A private directory for the socket: below ours, or in the system's temporary one if that path is too long, or
    /// has a comma, at which PostgreSQL's own clients would split it.
    pub(crate) fn make_socket_directory(&self, port: u16, account: &Account) -> Result<PathBuf, Error> {
        let ours = self.directory.join("postgres-socket");
        let candidates =
            [ours, env::temp_dir().join(format!("{TEMPORARY_SOCKETS}{:016x}", rand::random::<u64>()))];
        let unfit = || Error::Socket {
            path: socket_in(&candidates[1], port),
            detail: format!(
                "a socket's path may not exceed {LONGEST_SOCKET_PATH_BYTES} bytes nor have a comma"
            ),
        };
        let fits = |path: &&PathBuf| {
            let name = socket_in(path, port).into_os_string().into_encoded_bytes();
            name.len() <= LONGEST_SOCKET_PATH_BYTES && !name.contains(&b',')
        };
        let directory = candidates.iter().find(fits).ok_or_else(unfit)?;
        account.make_private(directory)?;
        Ok(directory.clone())
    }

    /// What the server said last, before and after its own log was open.
    pub(crate) fn log_tail(&self) -> String {
        let files = fs::read_dir(self.cluster.join("log")).into_iter().flatten().flatten();
        let newest = files
            .filter(|file| file.file_type().is_ok_and(|kind| kind.is_file()))
            .max_by_key(|file| file.metadata().and_then(|metadata| metadata.modified()).ok())
            .map(|file| tail(&file.path()));
        [Some(tail(&self.startup_log)), newest].into_iter().flatten().collect::<Vec<_>>().join("\n")
    }

    pub(crate) fn pid_file(&self) -> PathBuf {
        self.cluster.join("postmaster.pid")
    }

    fn not_a_cluster(&self) -> Error {
        Error::NotACluster { path: self.cluster.clone() }
    }
}

/// The file of the server's socket.
pub(crate) fn socket_in(directory: &Path, port: u16) -> PathBuf {
    directory.join(format!(".s.PGSQL.{port}"))
}

/// Removes a socket directory that we put into the system's temporary one; others stay.
pub(crate) fn remove_if_temporary(sockets: &Path) {
    let is_named_so = sockets
        .file_name()
        .and_then(|name| name.to_str())
        .is_some_and(|name| name.starts_with(TEMPORARY_SOCKETS));
    if is_named_so && sockets.parent() == Some(env::temp_dir().as_path()) {
        // It may be gone already, and it is empty but for a dead socket.
        let _ = fs::remove_dir_all(sockets);
    }
}

fn is_empty(directory: &Path) -> bool {
    fs::read_dir(directory).is_ok_and(|mut entries| entries.next().is_none())
}

fn tail(path: &Path) -> String {
    let mut bytes = Vec::new();
    if let Ok(mut file) = fs::File::open(path) {
        // A file shorter than the tail is read from its start.
        let _ = file.seek(SeekFrom::End(-LOG_TAIL_BYTES));
        let _ = file.take(LOG_TAIL_BYTES.unsigned_abs()).read_to_end(&mut bytes);
    }
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LOG_TAIL_LINES)..].join("\n")
}
