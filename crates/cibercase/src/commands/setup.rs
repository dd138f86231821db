//! `cibercase setup`: makes the secrets and an `.env`.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::Args;
use platform::secrets::{PrivateFiles, SecretKeeper, put_file_once, random_hex, random_password};
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
    /// Changes the secrets that there are, after copying them, and leaves `.env` alone.
    #[arg(long)]
    rotate: bool,
}

pub async fn run(context: &Context, options: &Options) -> Result<()> {
    if options.rotate {
        return rotate(context).await;
    }
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

/// Copies the secrets as they are kept, changes all that can be changed, and says what is left to do.
async fn rotate(context: &Context) -> Result<()> {
    let config = context.config()?;
    let backup = copy_secrets(&config.data_directory)?;
    let (app, ready) = super::app(context).await?;
    let done = super::secrets::rotate(&app, None).await;
    ready.db.close().await;
    let done = done?;
    let mut lines = Vec::new();
    if let Some(backup) = &backup {
        lines.push(format!(
            "The secrets of before are in {}, sealed as they were: remove it when `cibercase secrets list` names no change under way.",
            backup.display()
        ));
    }
    lines.extend(done.iter().map(|(name, outcome)| format!("{name}  {}", outcome.text())));
    lines.push("Nothing has to be restarted: running servers take up what is new.".to_owned());
    let list = done.iter().map(|(name, outcome)| json!({ "name": name, "outcome": outcome.text() }));
    let restart: [&str; 0] = [];
    let value = json!({ "backup": backup, "secrets": list.collect::<Vec<_>>(), "restart": restart });
    context.answer(&value, &lines.join("\n"))
}

/// None where no secrets are kept in files here.
fn copy_secrets(data_directory: &Path) -> Result<Option<PathBuf>> {
    let files = PrivateFiles::open(data_directory)?;
    let kept = files.list()?;
    if kept.is_empty() {
        return Ok(None);
    }
    let _lock = files.lock()?;
    let backup = unused(&data_directory.join("secrets"))?;
    fs::DirBuilder::new().mode(0o700).create(&backup)?;
    for secret in kept {
        let text = files.get(&secret.name)?.unwrap_or_default();
        put_file_once(&backup.join(&secret.name), &text)?;
    }
    Ok(Some(backup))
}

/// The first name for a backup that is not taken.
fn unused(path: &Path) -> Result<PathBuf> {
    let numbered = |number: u32| PathBuf::from(format!("{}.backup-{number}", path.display()));
    let free = (1..10_000).map(numbered).find(|backup| !backup.exists());
    free.with_context(|| format!("there are too many backups of {}", path.display()))
}

/// Moves an existing file aside, never over an older backup.
fn back_up(file: &Path) -> Result<Option<PathBuf>> {
    if !file.exists() {
        return Ok(None);
    }
    let backup = unused(file)?;
    fs::rename(file, &backup).with_context(|| format!("cannot move {} aside", file.display()))?;
    fs::set_permissions(&backup, fs::Permissions::from_mode(0o600))?;
    Ok(Some(backup))
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
