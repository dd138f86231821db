//! `cibercase secrets list|show|put|rotate`.

use std::io::Read;

use anyhow::{Context as _, Result, ensure};
use clap::Subcommand;
use platform::secrets::SecretStore;
use platform::{Actor, App, Error};
use rotation::{KeptSecretView, SecretStanding, Turn};
use serde_json::json;
use zeroize::Zeroizing;

use super::{Context, told};
use crate::database;

#[derive(Subcommand)]
pub enum Command {
    /// Lists which secrets there are, how old they are, and when they are to be changed.
    List,
    /// Prints one, for programs that need it, such as a backup.
    Show { name: String },
    /// Keeps one that somebody else made, such as a client's secret at a provider; it is read from standard input.
    Put { name: String },
    /// Changes one, or all that the platform can change; a running server takes the steps that are left.
    Rotate { name: Option<String> },
}

const LONGEST_SECRET_BYTES: u64 = 64 * 1024;

pub async fn run(context: &Context, command: &Command) -> Result<()> {
    match command {
        Command::List => list(context).await,
        Command::Show { name } => show(context, name),
        Command::Rotate { name } => {
            let (app, ready) = super::app(context).await?;
            let done = rotate(&app, name.as_deref()).await;
            ready.db.close().await;
            let done = done?;
            let lines = done.iter().map(|(name, outcome)| format!("{name}  {}", outcome.text()));
            let list = done.iter().map(|(name, outcome)| json!({ "name": name, "outcome": outcome.text() }));
            let list = list.collect::<Vec<_>>();
            context.answer(&list, &lines.collect::<Vec<_>>().join("\n"))?;
            let is_refused = name.is_some() && done.iter().any(|(_, outcome)| outcome.is_refusal());
            ensure!(!is_refused, "it was not changed");
            Ok(())
        }
        Command::Put { name } => {
            let config = context.config()?;
            database::make_data_directory(&config.data_directory)?;
            put(&secrets::open(&config)?, name)?;
            context.answer(&json!({ "name": name }), &format!("{name} is kept."))
        }
    }
}

/// What became of one.
pub enum Outcome {
    Changed,
    /// The next value is made; it takes the place of the present one when every process knows it.
    Begun,
    Refused(String),
}

impl Outcome {
    pub fn text(&self) -> String {
        match self {
            Self::Changed => "changed".to_owned(),
            Self::Begun => "prepared; a server ends it within a quarter of an hour of running".to_owned(),
            Self::Refused(reason) => format!("not changed: {reason}"),
        }
    }

    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::Refused(_))
    }
}

/// Changes one, or all that are the platform's to change.
pub async fn rotate(app: &App, name: Option<&str>) -> Result<Vec<(String, Outcome)>> {
    let all = rotation::overview(app).await.map_err(told)?;
    let names = match name {
        Some(name) => vec![name.to_owned()],
        None => {
            let ours = all.into_iter().filter(|secret| secret.turn == Turn::Platform);
            ours.map(|secret| secret.name).collect()
        }
    };
    let mut done = Vec::new();
    for name in names {
        let outcome = match rotation::rotate(app, &Actor::system(), &name).await {
            Ok(()) => outcome(app, &name).await?,
            Err(Error::Problem(problem)) => Outcome::Refused(problem.detail.to_string()),
            Err(error) => return Err(told(error)).with_context(|| name),
        };
        done.push((name, outcome));
    }
    rotation::leave(app).await.map_err(told)?;
    Ok(done)
}

async fn outcome(app: &App, name: &str) -> Result<Outcome> {
    let all = rotation::overview(app).await.map_err(told)?;
    let is_settled =
        |secret: &KeptSecretView| secret.name == name && secret.standing == SecretStanding::Settled;
    Ok(if all.iter().any(is_settled) { Outcome::Changed } else { Outcome::Begun })
}

async fn list(context: &Context) -> Result<()> {
    let (app, ready) = super::app(context).await?;
    let all = rotation::overview(&app).await.map_err(told);
    let now = app.clock.now();
    ready.db.close().await;
    let all = all?;
    let days = |secret: &KeptSecretView| secret.since.map(|since| (now - since).whole_days());
    let line = |secret: &KeptSecretView| {
        let age = days(secret).map_or("age unknown".to_owned(), |days| format!("{days} d"));
        let due = match (secret.turn, secret.due_at) {
            (Turn::Nobody, _) => "never changed".to_owned(),
            (_, None) => "not changed for its age".to_owned(),
            (_, Some(due)) if secret.is_overdue => format!("OVERDUE since {}", due.date()),
            (_, Some(due)) => format!("due {}", due.date()),
        };
        let state = match secret.standing {
            SecretStanding::Settled => String::new(),
            standing => format!("  {standing}"),
        };
        let obstacle = secret.obstacle_detail.as_ref().map(|text| format!("  ({text})")).unwrap_or_default();
        format!("{}  {age}  {due}{state}{obstacle}", secret.name)
    };
    let text = all.iter().map(line).collect::<Vec<_>>().join("\n");
    let list = all.iter().map(|secret| {
        let mut value = serde_json::to_value(secret)?;
        value["age_days"] = json!(days(secret));
        Ok(value)
    });
    context.answer(&list.collect::<Result<Vec<_>>>()?, &text)
}

fn show(context: &Context, name: &str) -> Result<()> {
    let config = context.config()?;
    database::make_data_directory(&config.data_directory)?;
    let store = secrets::open(&config)?;
    let secret = store.get(name)?.with_context(|| format!("there is no secret {name:?}"))?;
    context.answer(&json!({ "name": name, "secret": secret }), &secret)
}

/// One that is there stays: whatever uses it would not know of the change.
fn put(store: &SecretStore, name: &str) -> Result<()> {
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let is_name = name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(is_word);
    ensure!(is_name && name.len() <= 60, "{name:?} is no name: small letters, digits and hyphens");
    let mut secret = Zeroizing::new(String::new());
    std::io::stdin().take(LONGEST_SECRET_BYTES + 1).read_to_string(&mut secret)?;
    ensure!(secret.len() as u64 <= LONGEST_SECRET_BYTES, "a secret has {LONGEST_SECRET_BYTES} bytes at most");
    let secret = secret.trim_end_matches(['\r', '\n']);
    ensure!(!secret.is_empty(), "there is nothing on standard input");
    let kept = Zeroizing::new(store.get_or_make(name, || secret.to_owned())?);
    ensure!(kept.as_str() == secret, "there is another secret {name:?}: give the new one another name");
    Ok(())
}
