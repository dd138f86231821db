//! `cibercase source add --kind fortisiem --name NAME [--organization NAME] [--network 10.0.0.0/8]`.

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
        /// fortisiem, generic or syslog
        #[arg(long)]
        kind: SourceKind,
        #[arg(long)]
        name: String,
        /// The organization it delivers for, by name or short name; needed when there are several.
        #[arg(long)]
        organization: Option<String>,
        /// A network or an address that a source of syslog sends from, such as 10.0.0.0/8; may be said several times.
        #[arg(long = "network", required_if_eq("kind", "syslog"))]
        networks: Vec<String>,
        /// What its lines are, such as fortigate_key_value; their content tells when absent.
        #[arg(long)]
        format: Option<String>,
        /// Minutes east of UTC for times that name no zone.
        #[arg(long, allow_negative_numbers = true)]
        zone_offset_minutes: Option<i32>,
        /// Nothing heard for so long raises an alert.
        #[arg(long)]
        silent_after_minutes: Option<i32>,
    },
}

pub async fn run(context: &Context, command: Command) -> Result<()> {
    let Command::Add {
        kind,
        name,
        organization,
        networks,
        format,
        zone_offset_minutes,
        silent_after_minutes,
    } = command;
    let (app, _ready) = super::app(context).await?;
    let mut tx = app.db.begin(Scope::System).await?;
    let (id, organization) = find_organization(&mut tx, organization.as_deref()).await?;
    let new = NewSource {
        name,
        kind,
        organizations: intake::mapping_to(id, &organization),
        zone_offset_minutes,
        networks,
        format,
        silent_after_minutes,
    };
    let created =
        intake::add_source(&mut tx, &Actor::system(), &new, app.clock.now()).await.map_err(super::told)?;
    tx.commit().await?;
    if kind == SourceKind::Syslog {
        return tell_syslog(context, &app.config, id, &organization, &created);
    }
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

/// A source of syslog needs no token: its networks say who it is.
fn tell_syslog(
    context: &Context,
    config: &platform::config::Config,
    id: OrganizationId,
    organization: &str,
    created: &intake::CreatedSource,
) -> Result<()> {
    let source = &created.source;
    let value = json!({
        "id": source.id, "name": source.name, "networks": source.networks, "organization_id": id,
    });
    let text = format!(
        "Added the source {} for {organization}, sending from {}.\nListeners: udp {}, tcp {}, tls {} (see [ingest] in the settings)",
        source.name,
        source.networks.join(", "),
        config.ingest.udp,
        config.ingest.tcp,
        config.ingest.tls
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
