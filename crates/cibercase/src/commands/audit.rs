//! `cibercase audit verify|key`.

use std::fs;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use audit::{Report, VerifyingKey, WitnessCopy};
use clap::Subcommand;
use serde_json::json;

use super::Context;

#[derive(Subcommand)]
pub enum Command {
    /// Recomputes the audit log's tree and names the first place where it is not as it was signed; fails when there is one.
    Verify {
        /// An export of the log (`GET /api/v1/audit/export`) instead of the database.
        #[arg(long)]
        export: Option<PathBuf>,
        /// A witness's directory, or a file of notes; without it, this node's own copy in the data directory.
        #[arg(long)]
        witness: Option<PathBuf>,
        /// A file with the key as `audit key` prints it; without it, this installation's own.
        #[arg(long)]
        key: Option<PathBuf>,
    },
    /// Prints the key that verifies the checkpoints of this installation: keep it elsewhere.
    Key,
}

pub async fn run(context: &Context, command: Command) -> Result<ExitCode> {
    match command {
        Command::Verify { export: Some(export), witness, key } => {
            verify_export(context, &export, witness.as_deref(), key.as_deref())
        }
        Command::Verify { export: None, witness, key } => verify(context, witness, key.as_deref()).await,
        Command::Key => {
            let (_, secrets, _ready) = context.database().await?;
            let key = audit::public_key(&secrets)?.to_string();
            context.answer(&json!({ "key": key }), &key)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn verify(context: &Context, witness: Option<PathBuf>, key: Option<&Path>) -> Result<ExitCode> {
    let (config, secrets, ready) = context.database().await?;
    let key = match key {
        Some(path) => read_key(path)?,
        None => audit::public_key(&secrets)?,
    };
    let mirror = Some(audit::mirror(&config.data_directory)).filter(|mirror| mirror.exists());
    // Read before the log: it knows nothing that the log could not know yet.
    let witness = witness.or(mirror).map(|path| WitnessCopy::read(&path, &key)).transpose()?;
    let report = audit::verify_database(&ready.db, &key, witness.as_ref()).await.map_err(super::told)?;
    ready.db.close().await;
    tell(context, &report)
}

/// Asks no database, and nothing of this installation where the key is given.
fn verify_export(
    context: &Context,
    export: &Path,
    witness: Option<&Path>,
    key: Option<&Path>,
) -> Result<ExitCode> {
    let key = match key {
        Some(path) => read_key(path)?,
        None => audit::public_key(&secrets::open(&context.config()?)?)?,
    };
    let witness = witness.map(|path| WitnessCopy::read(path, &key)).transpose()?;
    let file = fs::File::open(export).with_context(|| format!("cannot read {}", export.display()))?;
    tell(context, &audit::verify_export(BufReader::new(file), &key, witness.as_ref())?)
}

fn tell(context: &Context, report: &Report) -> Result<ExitCode> {
    context.answer(report, &report.to_string())?;
    Ok(if report.is_intact { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn read_key(path: &Path) -> Result<VerifyingKey> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(VerifyingKey::read(text.trim())?)
}
