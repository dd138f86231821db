//! `cibercase secrets list|show|put`.

use std::io::Read;

use anyhow::{Context as _, Result, ensure};
use clap::Subcommand;
use platform::clock::Clock;
use platform::secrets::SecretStore;
use serde_json::json;
use zeroize::Zeroizing;

use super::Context;
use crate::database;

#[derive(Subcommand)]
pub enum Command {
    /// Lists which secrets there are, and how old they are.
    List,
    /// Prints one, for programs that need it, such as a backup.
    Show { name: String },
    /// Keeps one that somebody else made, such as a client's secret at a provider; it is read from standard input.
    Put { name: String },
}

const LONGEST_SECRET_BYTES: u64 = 64 * 1024;

pub fn run(context: &Context, command: &Command) -> Result<()> {
    let config = context.config()?;
    database::make_data_directory(&config.data_directory)?;
    let store = secrets::open(&config)?;
    match command {
        Command::List => {
            let now = Clock::System.now();
            let kept = store.list()?.into_iter().map(|secret| {
                let days = secret.since.map(|since| (now - since).whole_days());
                (secret.name, days)
            });
            let kept = kept.collect::<Vec<_>>();
            let lines = kept.iter().map(|(name, days)| match days {
                Some(days) => format!("{name}  {days} d"),
                None => format!("{name}  age unknown"),
            });
            let text = lines.collect::<Vec<_>>().join("\n");
            let list = kept.iter().map(|(name, days)| json!({ "name": name, "age_days": days }));
            context.answer(&list.collect::<Vec<_>>(), &text)
        }
        Command::Show { name } => {
            let secret = store.get(name)?.with_context(|| format!("there is no secret {name:?}"))?;
            context.answer(&json!({ "name": name, "secret": secret }), &secret)
        }
        Command::Put { name } => {
            put(&store, name)?;
            context.answer(&json!({ "name": name }), &format!("{name} is kept."))
        }
    }
}

/// One that is there stays: whatever uses it would not know of the change.
fn put(store: &SecretStore, name: &str) -> Result<()> {
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let is_name = name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(is_word);
    ensure!(is_name && name.len() <= 60, "{name:?} is no name: small letters, digits and hyphens");
    let mut secret = Zeroizing::new(String::new());
    std::io::stdin().take(LONGEST_SECRET_BYTES).read_to_string(&mut secret)?;
    let secret = secret.trim_end_matches(['\r', '\n']);
    ensure!(!secret.is_empty(), "there is nothing on standard input");
    let kept = Zeroizing::new(store.get_or_make(name, || secret.to_owned())?);
    ensure!(kept.as_str() == secret, "there is another secret {name:?}: give the new one another name");
    Ok(())
}
