//! Making a cluster, once, beside its final place.

use crate::error::is_disk_full;
use crate::server::Launcher;
use crate::{Durability, Error, SUPERUSER, Settings};
use std::fs::{self, DirBuilder, File};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

const UNFINISHED: &str = "postgres.unfinished-";

/// A directory that is removed whatever happens: it holds the password.
struct Workshop(PathBuf);

impl Drop for Workshop {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            tracing::warn!(path = %self.0.display(), %error, "a temporary directory could not be removed");
        }
    }
}

/// Runs initdb in a directory of its own and renames the result, so that a crash leaves nothing half-made.
pub(crate) fn initialize(settings: &Settings, launcher: &Launcher) -> Result<(), Error> {
    let Launcher { layout, account, programs } = launcher;
    let password = settings.checked_password()?;
    remove_unfinished(&layout.directory);
    let path = layout.directory.join(format!("{UNFINISHED}{:016x}", rand::random::<u64>()));
    DirBuilder::new().mode(0o700).create(&path).map_err(Error::io(&path))?;
    let workshop = Workshop(path);
    account.write_private(&workshop.0.join("password"), password)?;
    account.give(&workshop.0)?;
    run_initdb(settings, launcher, &workshop.0)?;
    fs::rename(workshop.0.join("cluster"), &layout.cluster).map_err(Error::io(&layout.cluster))?;
    if settings.durability == Durability::Full {
        File::open(&layout.directory).and_then(|it| it.sync_all()).map_err(Error::io(&layout.directory))?;
    }
    tracing::info!(path = %layout.cluster.display(), version = %programs.version(), "made a PostgreSQL cluster");
    Ok(())
}

/// Reads `password` and makes `cluster`, both in the workshop.
fn run_initdb(settings: &Settings, launcher: &Launcher, workshop: &Path) -> Result<(), Error> {
    let Launcher { layout, account, programs } = launcher;
    let program = programs.path("initdb");
    let mut command = account.command(&program, &layout.directory);
    command.arg("--pgdata").arg(workshop.join("cluster")).arg("--pwfile").arg(workshop.join("password"));
    command.args([
        "--username",
        SUPERUSER,
        "--auth",
        "scram-sha-256",
        "--encoding",
        "UTF8",
        "--data-checksums",
    ]);
    // Names sort as Spanish readers expect; messages and numbers stay as programs expect.
    command.args([
        "--locale-provider",
        "icu",
        "--icu-locale",
        "es",
        "--locale",
        "C.UTF-8",
        "--no-instructions",
    ]);
    if settings.durability == Durability::None {
        command.arg("--no-sync");
    }
    let output = command.output().map_err(|source| Error::Run { program, source })?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().replace('\n', " | ");
    let path = layout.cluster.clone();
    if is_disk_full(&said) {
        return Err(Error::DiskFull { path, detail: said });
    }
    Err(Error::Initialize { path, output: format!("{said} ({})", output.status) })
}

/// What a crash during an earlier attempt left. The caller holds the lock, so nobody is at work there.
fn remove_unfinished(directory: &Path) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            drop(Workshop(entry.path()));
        }
    }
}
