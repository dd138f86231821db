//! `cibercase setup`: makes the secrets and an `.env`.

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::Args;
use platform::secrets::{random_hex, random_password};
use serde_json::json;

use super::Context;
use crate::database;

#[derive(Args)]
pub struct Options {
    /// For a server: listens for a proxy, insists on TLS, logs JSON.
    #[arg(long)]
    production: bool,
    /// Where `.env` is written.
    #[arg(long, default_value = ".env")]
    file: PathBuf,
}

pub fn run(context: &Context, options: &Options) -> Result<()> {
    let config = context.config()?;
    database::make_data_directory(&config.data_directory)?;
    let secrets = secrets::open(&config)?;
    secrets.get_or_make("database-superuser-password", || random_password(24))?;
    secrets.get_or_make("database-password", || random_password(24))?;
    secrets.get_or_make("api-secret", || random_hex(32))?;
    let backup = back_up(&options.file)?;
    write(&options.file, &text(&config.data_directory, options.production))?;
    let kept =
        backup.as_ref().map_or_else(String::new, |path| format!(" (the old one is {})", path.display()));
    context.answer(
        &json!({ "env": options.file, "backup": backup, "data_directory": config.data_directory }),
        &format!(
            "Secrets are in {}/secrets, settings in {}{kept}.",
            config.data_directory.display(),
            options.file.display()
        ),
    )
}

/// Moves an existing file aside, never over an older backup.
fn back_up(file: &Path) -> Result<Option<PathBuf>> {
    if !file.exists() {
        return Ok(None);
    }
    for number in 1..10_000 {
        let backup = PathBuf::from(format!("{}.backup-{number}", file.display()));
        if !backup.exists() {
            fs::rename(file, &backup).with_context(|| format!("cannot move {} aside", file.display()))?;
            return Ok(Some(backup));
        }
    }
    anyhow::bail!("there are too many backups of {}", file.display())
}

fn write(file: &Path, text: &str) -> Result<()> {
    let mut options = fs::OpenOptions::new();
    let mut handle = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)
        .with_context(|| format!("cannot write {}", file.display()))?;
    handle.write_all(text.as_bytes())?;
    Ok(())
}

fn text(data_directory: &Path, is_production: bool) -> String {
    let (listen, public_url) = if is_production {
        ("127.0.0.1:8080", "CIBERCASE_PUBLIC_URL=https://soc.example.org\nCIBERCASE_TRUSTED_PROXY_HOPS=1\n")
    } else {
        ("127.0.0.1:8080", "# CIBERCASE_PUBLIC_URL=https://soc.example.org\n")
    };
    format!(
        "# Settings of CiberCase; .env.example explains each. Secrets are not here but in {0}/secrets.\n\
         CIBERCASE_DATA_DIRECTORY={0}\nCIBERCASE_LISTEN={listen}\n{public_url}LOG_LEVEL=info\n\
         # DATABASE_URL=postgres://user:password@host/database\n",
        data_directory.display()
    )
}
