//! `cibercase organization add NAME`.

use anyhow::Result;
use clap::Subcommand;
use serde_json::json;

use super::Context;

#[derive(Subcommand)]
pub enum Command {
    /// Adds an organization.
    Add {
        name: String,
        /// Its short name in addresses; made from the name when absent.
        #[arg(long)]
        slug: Option<String>,
    },
}

pub async fn run(context: &Context, command: Command) -> Result<()> {
    let Command::Add { name, slug } = command;
    let (app, _ready) = super::app(context).await?;
    let id = identity::add_organization(&app, &name, slug.as_deref()).await.map_err(super::told)?;
    context.answer(&json!({ "id": id, "name": name }), &format!("Added the organization {name} ({id})."))
}
