//! The one PostgreSQL server that all tests of a machine share.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use local_postgres::{Cluster, Durability, SUPERUSER, Settings};
use platform::config::variable;

/// Only for a server on a private socket, with nothing in it but tests.
const PASSWORD: &str = "a server for tests only";

/// Where databases are made.
pub struct Server {
    /// Of the database `postgres`, as superuser.
    pub url: String,
    /// Whether it is ours, so that what other test processes left behind may be cleared away.
    pub is_ours: bool,
    lock_path: PathBuf,
    /// Never dropped: the server stays for the next test process.
    _cluster: Option<Cluster>,
}

static SERVER: OnceLock<Server> = OnceLock::new();

/// The server, started by the first test that needs it.
pub fn get() -> &'static Server {
    SERVER.get_or_init(|| match variable("CIBERCASE_TEST_DATABASE_URL") {
        Some(url) => {
            let lock_path = std::env::temp_dir().join("cibercase-test-server.lock");
            Server { url, is_ours: false, lock_path, _cluster: None }
        }
        None => open(&directory()),
    })
}

fn open(directory: &Path) -> Server {
    let mut settings = Settings::new(directory, PASSWORD);
    settings.durability = Durability::None;
    settings.share = true;
    settings.extra = [
        ("max_connections", "400"),
        ("autovacuum", "off"),
        ("max_wal_senders", "0"),
        ("wal_level", "minimal"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec();
    let cluster = Cluster::open(&settings).unwrap_or_else(|error| panic!("no PostgreSQL for tests: {error}"));
    let url = cluster.connection_url("postgres", SUPERUSER, PASSWORD);
    Server { url, is_ours: true, lock_path: directory.join("templates.lock"), _cluster: Some(cluster) }
}

impl Server {
    /// The same server, another database.
    pub fn url_of(&self, database: &str) -> String {
        let (before, query) = self.url.split_once('?').unwrap_or((&self.url, ""));
        let (base, _) = before.rsplit_once('/').expect("a database URL has a path");
        let mark = if query.is_empty() { "" } else { "?" };
        format!("{base}/{database}{mark}{query}")
    }

    /// One test process at a time; released when the file is dropped.
    pub fn lock(&self) -> File {
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.lock_path)
            .unwrap_or_else(|error| panic!("cannot open {}: {error}", self.lock_path.display()));
        file.lock().expect("the lock of the test server can be taken");
        file
    }
}

/// Under the target directory; as root in a place that the `postgres` user can reach.
fn directory() -> PathBuf {
    if is_root() {
        return std::env::temp_dir().join("cibercase-test-postgres");
    }
    let program = std::env::current_exe().unwrap_or_default();
    let target = program.ancestors().find(|directory| directory.join("CACHEDIR.TAG").exists());
    target.map_or_else(std::env::temp_dir, Path::to_path_buf).join("test-postgres")
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0)
}
