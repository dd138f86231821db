//! `cibercase policy check|explain|diff|schema`.

use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, anyhow};
use authorization::{DecisionReason, Explanation, MistakeView, Question, ReasonKind, Sight};
use clap::Subcommand;
use platform::clock::Clock;
use platform::db::Scope;
use policy::{Mistake, POLICIES_SCHEMA, Policies, SERVICES_SCHEMA};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{Context, told};
use crate::modules;

#[derive(Subcommand)]
pub enum Command {
    /// Checks a policy file and names every mistake with its line; fails when there is one.
    Check {
        /// Without it, the file of the settings.
        file: Option<PathBuf>,
    },
    /// Says why somebody may or may not do something; fails when they may nowhere.
    Explain {
        /// The person's e-mail address.
        #[arg(long)]
        user: String,
        /// Such as tickets:close.
        #[arg(long)]
        permission: String,
        /// An organization's short name; without it, all of theirs.
        #[arg(long)]
        organization: Option<String>,
        /// From where; without it no network is looked at.
        #[arg(long)]
        address: Option<IpAddr>,
        /// When, such as 2026-11-20T08:00:00Z; now without it.
        #[arg(long)]
        at: Option<String>,
    },
    /// Says what a new file grants and restricts otherwise than an old one; both have to be without mistakes.
    Diff { old: PathBuf, new: PathBuf },
    /// Prints the JSON schema of the policy file, with the permissions that there are.
    Schema {
        /// Of the services' file instead.
        #[arg(long)]
        services: bool,
    },
}

pub async fn run(context: &Context, command: Command) -> Result<ExitCode> {
    match command {
        Command::Check { file } => check(context, file.as_deref()),
        Command::Explain { user, permission, organization, address, at } => {
            let at = at.as_deref().map(|text| OffsetDateTime::parse(text, &Rfc3339)).transpose();
            let at = at.context("--at is a moment such as 2026-11-20T08:00:00Z")?;
            let at = at.unwrap_or_else(|| Clock::System.now());
            explain(context, &user, &permission, organization.as_deref(), address, at).await
        }
        Command::Diff { old, new } => {
            let difference = policy::diff(&read(&old)?, &read(&new)?);
            context.answer(&difference, &difference.to_string())?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Schema { services } => {
            super::say(&schema(if services { SERVICES_SCHEMA } else { POLICIES_SCHEMA })?);
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn check(context: &Context, file: Option<&Path>) -> Result<ExitCode> {
    let (name, text) = match file {
        Some(file) => (file.display().to_string(), text_of(file)?),
        None => {
            let file = context.config()?.iam_policies_file;
            match file.as_os_str().is_empty() {
                true => ("the shipped roles".to_owned(), identity::SHIPPED_POLICIES.to_owned()),
                false => (file.display().to_string(), text_of(&file)?),
            }
        }
    };
    let sha256 = authorization::hash(&text);
    match identity::parse_policies(&text, &modules::permissions()) {
        Ok(policies) => {
            let roles = policies.roles().count();
            let answer = json!({ "is_valid": true, "sha256": sha256, "roles": roles, "mistakes": [] });
            context.answer(&answer, &format!("{name}: {roles} roles, sha256 {sha256}"))?;
            Ok(ExitCode::SUCCESS)
        }
        Err(mistakes) => {
            let views = mistakes.iter().map(MistakeView::from).collect::<Vec<_>>();
            let lines = mistakes.iter().map(|mistake| format!("{name}: {mistake}")).collect::<Vec<_>>();
            let answer = json!({ "is_valid": false, "sha256": sha256, "mistakes": views });
            context.answer(&answer, &lines.join("\n"))?;
            Ok(ExitCode::FAILURE)
        }
    }
}

async fn explain(
    context: &Context,
    email: &str,
    permission: &str,
    organization: Option<&str>,
    address: Option<IpAddr>,
    at: OffsetDateTime,
) -> Result<ExitCode> {
    let (app, ready) = super::app(context).await?;
    let mut tx = app.db.read(Scope::System).await?;
    let organization = match organization {
        Some(name) => {
            let id = authorization::organization_of(&mut tx, name).await?;
            Some(id.ok_or_else(|| anyhow!("there is no organization {name}"))?)
        }
        None => None,
    };
    let question = Question { email: email.trim(), permission, organization, address, at };
    let sight = Sight { organizations: &[], is_everywhere: true };
    let explanation = authorization::explain(&app, &mut tx, sight, &question).await.map_err(|error| {
        if error.code() == "not_found" { anyhow!("there is nobody called {email}") } else { told(error) }
    })?;
    drop(tx);
    ready.db.close().await;
    context.answer(&explanation, &text(&explanation))?;
    let is_allowed = explanation.organizations.iter().any(|decision| decision.is_allowed);
    Ok(if is_allowed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn text(explanation: &Explanation) -> String {
    let mut lines = vec![format!("{} and {}", explanation.email, explanation.permission)];
    if explanation.organizations.is_empty() {
        lines.push("no role there".to_owned());
    }
    for decision in &explanation.organizations {
        let place = decision.organization_name.as_deref().unwrap_or("all organizations");
        let answer = if decision.is_allowed { "allowed" } else { "denied" };
        let reasons = decision.reasons.iter().map(reason).collect::<Vec<_>>();
        lines.push(format!("{answer} in {place}: {}", reasons.join("; ")));
    }
    lines.join("\n")
}

fn reason(reason: &DecisionReason) -> String {
    let role = reason.role.as_deref().unwrap_or_default();
    match reason.kind {
        ReasonKind::Granted => format!("the role {role} grants it"),
        ReasonKind::Restricted => {
            format!("the role {role} is restricted to {}", reason.restriction.as_deref().unwrap_or_default())
        }
        ReasonKind::NotGranted => "no role of theirs grants it".to_owned(),
        ReasonKind::UnknownRole => format!("the policies have no role {role}"),
        ReasonKind::UnknownPermission => "there is no such permission".to_owned(),
        ReasonKind::Inactive => "the account is switched off".to_owned(),
        ReasonKind::Failed => "the policies could not decide".to_owned(),
    }
}

fn read(path: &Path) -> Result<Policies> {
    let text = text_of(path)?;
    identity::parse_policies(&text, &modules::permissions()).map_err(|mistakes| {
        let lines = mistakes.iter().map(Mistake::to_string).collect::<Vec<_>>();
        anyhow!("{}: {}", path.display(), lines.join("\n"))
    })
}

fn text_of(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// With the names of the permissions, which editors then complete.
fn schema(text: &str) -> Result<String> {
    let mut schema: Value = serde_json::from_str(text)?;
    let permissions = modules::permissions();
    let of_modules = permissions.iter().filter_map(|name| name.split_once(':'));
    let mut wildcards = of_modules.map(|(module, _)| format!("{module}:*")).collect::<Vec<_>>();
    wildcards.sort_unstable();
    wildcards.dedup();
    let permission = &mut schema["$defs"]["permission"];
    let takes_all = permission["pattern"].as_str().is_some_and(|pattern| pattern.starts_with("^(\\*|"));
    let mut names = permissions.iter().map(|name| (*name).to_owned()).chain(wildcards).collect::<Vec<_>>();
    if takes_all {
        names.push("*".to_owned());
    }
    *permission = json!({ "enum": names });
    Ok(serde_json::to_string_pretty(&schema)?)
}
