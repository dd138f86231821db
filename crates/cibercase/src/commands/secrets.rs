//! `cibercase secrets list|show|keep`.

use anyhow::{Context as _, Result};
use clap::Subcommand;
use platform::clock::Clock;
use serde_json::json;

use super::{Context, keep};
use crate::database;

#[derive(Subcommand)]
pub enum Command {
    /// Lists which secrets there are, and how old they are.
    List,
    /// Prints one, for programs that need it, such as a backup.
    Show { name: String },
    /// Keeps one that others have made, read from standard input. One that is there stays.
    Keep { name: String },
}

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
        Command::Keep { name } => keep::run(context, &store, name),
        Command::Show { name } => {
            let secret = store.get(name)?.with_context(|| format!("there is no secret {name:?}"))?;
            context.answer(&json!({ "name": name, "secret": secret }), &secret)
        }
    }
}
