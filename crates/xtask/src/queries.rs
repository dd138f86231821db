//! `.sqlx/`: what PostgreSQL said of every checked query, so that a build needs no database.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::sandbox::{self, Sandbox};
use crate::say;
use crate::tree::{self, Source};

const DIRECTORY: &str = ".sqlx";
/// Which migrations the queries were checked against.
const STAMP: &str = "migrations";

/// Checks every query against a freshly migrated database and keeps the answers; those of queries that are gone go.
pub fn write() -> Result<()> {
    let sandbox = Sandbox::open()?;
    let draft = tree::target_directory()?.join("sqlx-draft");
    let _ = fs::remove_dir_all(&draft);
    fs::create_dir_all(&draft)?;
    touch_crates()?;
    let mut check = Command::new("cargo");
    check.args(["check", "--workspace", "--all-targets"]);
    check.env("SQLX_OFFLINE", "false").env("SQLX_OFFLINE_DIR", &draft).env("DATABASE_URL", sandbox.url());
    tree::run(&mut check)?;
    fs::write(draft.join(STAMP), format!("{:016x}\n", migrations_hash()?))?;
    let kept = tree::root().join(DIRECTORY);
    let _ = fs::remove_dir_all(&kept);
    fs::create_dir_all(&kept)?;
    let drafts = files_in(&draft)?;
    for file in &drafts {
        fs::copy(file, kept.join(file.file_name().context("a file has a name")?))?;
    }
    say(&format!("Wrote {} queries to {DIRECTORY}/.", drafts.len() - 1));
    Ok(())
}

/// Queries that no source has any more, and migrations newer than the check. What is missing does not compile.
pub fn check(sources: &[Source]) -> Result<Vec<String>> {
    let directory = tree::root().join(DIRECTORY);
    let stamp = fs::read_to_string(directory.join(STAMP)).unwrap_or_default();
    if stamp.trim() != format!("{:016x}", migrations_hash()?) {
        return Ok(vec![format!(
            "the migrations have changed since {DIRECTORY}/ was written: run make sqlx"
        )]);
    }
    let rust = sources.iter().filter(|source| source.path.ends_with(".rs"));
    let code = rust.map(|source| bare(&source.text)).collect::<Vec<_>>();
    let mut complaints = Vec::new();
    for file in files_in(&directory)?.iter().filter(|file| file.extension().is_some_and(|end| end == "json"))
    {
        let data: Value = serde_json::from_str(&fs::read_to_string(file)?)?;
        let query = bare(data["query"].as_str().unwrap_or_default());
        if !code.iter().any(|text| text.contains(&query)) {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            complaints.push(format!("{DIRECTORY}/{name}: no source has this query any more: run make sqlx"));
        }
    }
    Ok(complaints)
}

/// Without what differs between a query and the literals it is written as.
fn bare(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '"' | '\\' | '+')).collect()
}

/// Makes cargo compile our crates again, so that every macro asks the database.
fn touch_crates() -> Result<()> {
    for entry in fs::read_dir(tree::root().join("crates"))?.flatten() {
        for name in ["src/lib.rs", "src/main.rs"] {
            let path = entry.path().join(name);
            if path.exists() {
                #[expect(clippy::disallowed_methods, reason = "a file's time is the system's")]
                File::options().append(true).open(path)?.set_modified(SystemTime::now())?;
            }
        }
    }
    Ok(())
}

fn files_in(directory: &Path) -> Result<Vec<PathBuf>> {
    let mut files = fs::read_dir(directory)?.flatten().map(|entry| entry.path()).collect::<Vec<_>>();
    files.sort();
    Ok(files)
}

/// FNV-1a over the migrations, in their order.
fn migrations_hash() -> Result<u64> {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for file in sandbox::migrations()? {
        for byte in fs::read(file)? {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    Ok(hash)
}
