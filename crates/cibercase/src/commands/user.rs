//! `cibercase user add|reset|reset-second-factor`.

use anyhow::Result;
use clap::Subcommand;
use serde_json::json;

use super::Context;

#[derive(Subcommand)]
pub enum Command {
    /// Adds a user and prints the first password, which must be changed at the first sign-in.
    Add {
        email: String,
        #[arg(long)]
        name: Option<String>,
        #[arg(long, default_value = "analyst")]
        role: String,
        /// By name or short name; without it the role holds in every organization.
        #[arg(long)]
        organization: Option<String>,
    },
    /// Gives a user a new first password and ends all of their sessions.
    Reset { email: String },
    /// Takes a user's second factor and recovery codes away and ends all of their sessions.
    ResetSecondFactor { email: String },
}

pub async fn run(context: &Context, command: Command) -> Result<()> {
    let (app, _ready) = super::app(context).await?;
    match command {
        Command::Add { email, name, role, organization } => {
            let name = name.unwrap_or_else(|| email.clone());
            let password = identity::add_user(&app, &email, &name, &role, organization.as_deref())
                .await
                .map_err(super::told)?;
            let text = format!("Added {email}.\nFirst password (shown this once): {password}");
            context.answer(&json!({ "email": email, "initial_password": password }), &text)
        }
        Command::Reset { email } => {
            let password = identity::reset_password(&app, &email).await.map_err(super::told)?;
            let text = format!("New first password of {email} (shown this once): {password}");
            context.answer(&json!({ "email": email, "initial_password": password }), &text)
        }
        Command::ResetSecondFactor { email } => {
            identity::reset_second_factor(&app, &email).await.map_err(super::told)?;
            let text = format!("{email} signs in with the password alone.");
            context.answer(&json!({ "email": email }), &text)
        }
    }
}
