//! A private PostgreSQL with a freshly migrated database, gone when it is dropped.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use local_postgres::{Cluster, Durability, SUPERUSER, Settings};

use crate::tree;

const PASSWORD: &str = "a server for chores only";
const DATABASE: &str = "cibercase";
/// Owns everything and is no superuser, as in production.
const OWNER: &str = "cibercase_owner";
const APPLICATION: &str = "cibercase_app";

pub struct Sandbox {
    /// None only while it is dropped.
    cluster: Option<Cluster>,
    directory: PathBuf,
    url: String,
}

impl Sandbox {
    pub fn open() -> Result<Self> {
        let directory = std::env::temp_dir().join(format!("cibercase-chore-{}", std::process::id()));
        let mut settings = Settings::new(&directory, PASSWORD);
        settings.durability = Durability::None;
        let cluster = Cluster::open(&settings)?;
        let postgres = cluster.connection_url("postgres", SUPERUSER, PASSWORD);
        let url = cluster.connection_url(DATABASE, SUPERUSER, PASSWORD);
        let sandbox = Self { cluster: Some(cluster), directory, url };
        sandbox.psql(&postgres, |psql| {
            psql.arg("-c").arg(format!("create role {APPLICATION} nologin; create role {OWNER} nologin"));
            psql.arg("-c").arg(format!("create database {DATABASE} owner {OWNER}"));
        })?;
        sandbox.migrate()?;
        Ok(sandbox)
    }

    /// The migrated database, as superuser.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The major version of the server.
    pub fn major(&self) -> u32 {
        self.cluster.as_ref().map_or(0, |cluster| cluster.version().major)
    }

    /// Of the same installation as the server.
    pub fn program(&self, name: &str) -> Command {
        let path = self
            .cluster
            .as_ref()
            .map_or_else(|| PathBuf::from(name), |cluster| cluster.programs().path(name));
        Command::new(path)
    }

    fn migrate(&self) -> Result<()> {
        let become_owner = format!("set role {OWNER}");
        self.psql(&self.url, |psql| {
            psql.arg("-c").arg(format!("alter schema public owner to {OWNER}"));
        })?;
        for file in migrations()? {
            self.psql(&self.url, |psql| {
                psql.args(["--single-transaction", "-c", &become_owner, "-f"]).arg(&file);
            })
            .with_context(|| format!("{} fails", file.display()))?;
        }
        Ok(())
    }

    fn psql(&self, url: &str, arguments: impl FnOnce(&mut Command)) -> Result<()> {
        let mut psql = self.program("psql");
        psql.args(["--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--dbname", url]);
        arguments(&mut psql);
        tree::output(&mut psql).map(drop)
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // The server stops with its cluster; only then may its files go.
        self.cluster = None;
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// The migrations in their order.
pub fn migrations() -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(tree::root().join("migrations"))?.flatten().map(|entry| entry.path());
    let is_migration = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        name.starts_with(|first: char| first.is_ascii_digit()) && name.ends_with(".sql")
    };
    let mut files = entries.filter(is_migration).collect::<Vec<_>>();
    files.sort();
    Ok(files)
}
