//! Stopping the server that all tests of a machine share; `testkit` says where it keeps it.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, bail};

use crate::{say, tree};

/// A fast shutdown of a server without durability takes less.
const TENTHS: u32 = 300;

pub fn stop() -> Result<()> {
    let Some(pid) = running_server(&directory()?) else {
        say("No server for tests is running.");
        return Ok(());
    };
    // SIGINT is PostgreSQL's fast shutdown.
    tree::run(Command::new("kill").args(["-INT", &pid]))?;
    for _ in 0..TENTHS {
        if !Path::new("/proc").join(&pid).exists() {
            say(&format!("Stopped the server for tests (process {pid})."));
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    bail!("the server for tests (process {pid}) does not stop")
}

fn directory() -> Result<PathBuf> {
    let is_root = fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0);
    if is_root {
        Ok(std::env::temp_dir().join("cibercase-test-postgres"))
    } else {
        Ok(tree::target_directory()?.join("test-postgres"))
    }
}

/// The process that `postmaster.pid` names, if it is a PostgreSQL.
fn running_server(directory: &Path) -> Option<String> {
    let text = fs::read_to_string(directory.join("postgres/postmaster.pid")).ok()?;
    let pid = text.lines().next()?.trim().to_owned();
    let name = fs::read_to_string(Path::new("/proc").join(&pid).join("comm")).ok()?;
    (name.trim() == "postgres").then_some(pid)
}
