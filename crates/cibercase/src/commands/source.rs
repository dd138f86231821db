//! `cibercase source add --kind fortisiem --name NAME [--organization NAME]`.

use anyhow::{Context as _, Result, bail};
use clap::Subcommand;
use intake::{NewSource, SourceKind};
use platform::Actor;
use platform::db::Scope;
use serde_json::json;
use vocab::OrganizationId;

use super::Context;

#[derive(Subcommand)]
pub enum Command {
    /// Adds a source and prints its token, this once.
    Add {
        /// fortisiem or generic
        #[arg(long)]
        kind: SourceKind,
        #[arg(long)]
        name: String,
        /// The organization it delivers for, by name or short name; needed when there are several.
        #[arg(long)]
        organization: Option<String>,
    },
}

pub async fn run(context: &Context, command: Command) -> Result<()> {
    let Command::Add { kind, name, organization } = command;
    let (app, _ready) = super::app(context).await?;
    let mut tx = app.db.begin(Scope::System).await?;
    let (id, organization) = find_organization(&mut tx, organization.as_deref()).await?;
    let new = NewSource {
        name,
        kind,
        organizations: intake::mapping_to(id, &organization),
        zone_offset_minutes: None,
    };
    let created =
        intake::add_source(&mut tx, &Actor::system(), &new, app.clock.now()).await.map_err(super::told)?;
    tx.commit().await?;
    let path = format!("/api/v1/integrations/webhook/{}", created.token);
    let value = json!({
        "id": created.source.id, "name": created.source.name, "token": created.token,
        "organization_id": id, "path": path,
    });
    let text = format!(
        "Added the source {} for {organization}.\nToken (shown this once): {}\nDeliveries: POST {path}\n\
         or POST /api/v1/integrations/webhook with the header Authorization: Bearer <token>",
        created.source.name, created.token
    );
    context.answer(&value, &text)
}

async fn find_organization(tx: &mut platform::Tx, wanted: Option<&str>) -> Result<(OrganizationId, String)> {
    let rows = sqlx::query!(
        "select id, name from organizations
         where $1::text is null or lower(name) = lower($1) or slug = lower($1) order by created_at limit 2",
        wanted
    )
    .fetch_all(&mut **tx)
    .await?;
    if wanted.is_none() && rows.len() > 1 {
        bail!("there are several organizations: say which with --organization NAME");
    }
    let row = rows.into_iter().next().with_context(|| match wanted {
        Some(name) => format!("there is no organization {name:?}"),
        None => "there is no organization yet: start the server once, or add one".to_owned(),
    })?;
    Ok((OrganizationId(row.id), row.name))
}
