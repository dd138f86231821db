//! Sources: who delivers, how, and into which organizations.

use std::collections::BTreeSet;

use platform::secrets::random_hex;
use platform::{Actor, Error, Result, Tx, audit, live};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use vocab::{OrganizationId, SourceId};

use crate::registry::hash;
use crate::senders::{check_default, check_format, check_networks, check_silence, replace_networks};
use crate::store;

vocab::text_enum! {
    pub enum SourceKind {
        Fortisiem = "fortisiem",
        Generic = "generic",
        /// Log lines over UDP, TCP or TLS, known by the sender's address.
        Syslog = "syslog",
    }
}

/// A source with its health.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Source {
    pub id: SourceId,
    pub name: String,
    pub kind: SourceKind,
    pub is_enabled: bool,
    pub organizations: Vec<SourceOrganization>,
    /// Minutes east of UTC for times whose zone is ambiguous.
    pub zone_offset_minutes: Option<i32>,
    /// Tickets per rule and hour beyond which one storm ticket gathers the rest; null opens one for each.
    pub storm_limit: Option<i32>,
    /// The networks a source of syslog sends from; empty for others.
    pub networks: Vec<String>,
    /// What its lines are said to be; null lets the content tell.
    pub format: Option<String>,
    /// Nothing heard for so long raises an alert; null never does.
    pub silent_after_minutes: Option<i32>,
    /// Since when it is silent, once that was told.
    #[serde(with = "time::serde::rfc3339::option")]
    pub silent_since: Option<OffsetDateTime>,
    /// The token's last four characters.
    pub token_hint: String,
    #[serde(with = "time::serde::rfc3339")]
    pub token_created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    pub last_seen_at: Option<OffsetDateTime>,
    /// Whether it serves other organizations too. Networks, counts and rate would tell of them, and are withheld.
    pub is_shared: bool,
    pub counts: Option<SourceCounts>,
    /// Deliveries per minute of the last hour, the present minute last.
    pub rate_per_minute: Option<Vec<i32>>,
    pub version: i32,
}

/// Which payloads go to which organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SourceOrganization {
    /// The payload's own organization text; null for payloads that name none.
    #[serde(rename = "match")]
    pub matches: Option<String>,
    pub organization_id: OrganizationId,
    pub organization_name: String,
}

#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct SourceCounts {
    pub received: i64,
    pub created: i64,
    pub updated: i64,
    pub duplicate: i64,
    pub reopened: i64,
    pub linked: i64,
    pub suppressed: i64,
    pub quarantined: i64,
    /// Log lines that no format fits.
    pub unparsed: i64,
    /// Log lines dropped because the spool took no more.
    pub shed: i64,
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSource {
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    pub kind: SourceKind,
    #[schema(min_items = 1, max_items = 500)]
    pub organizations: Vec<NewSourceOrganization>,
    #[serde(default)]
    #[schema(minimum = -840, maximum = 840)]
    pub zone_offset_minutes: Option<i32>,
    /// The networks or addresses a source of syslog sends from; the longest prefix says whose a sender is.
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub networks: Vec<String>,
    #[serde(default)]
    pub format: Option<String>,
    #[serde(default)]
    #[schema(minimum = 1, maximum = 43200)]
    pub silent_after_minutes: Option<i32>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSourceOrganization {
    #[serde(rename = "match", default)]
    #[schema(max_length = 200)]
    pub matches: Option<String>,
    pub organization_id: OrganizationId,
}

#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceChange {
    #[serde(default)]
    #[schema(min_length = 1, max_length = 100)]
    pub name: Option<String>,
    #[serde(default)]
    pub is_enabled: Option<bool>,
    #[serde(default)]
    #[schema(min_items = 1, max_items = 500)]
    pub organizations: Option<Vec<NewSourceOrganization>>,
    #[serde(default, deserialize_with = "platform::http::present")]
    #[schema(value_type = Option<i32>, minimum = -840, maximum = 840)]
    pub zone_offset_minutes: Option<Option<i32>>,
    #[serde(default, deserialize_with = "platform::http::present")]
    #[schema(value_type = Option<i32>, minimum = 1, maximum = 1000000)]
    pub storm_limit: Option<Option<i32>>,
    #[serde(default)]
    #[schema(min_items = 1, max_items = 1000)]
    pub networks: Option<Vec<String>>,
    #[serde(default, deserialize_with = "platform::http::present")]
    #[schema(value_type = Option<String>)]
    pub format: Option<Option<String>>,
    #[serde(default, deserialize_with = "platform::http::present")]
    #[schema(value_type = Option<i32>, minimum = 1, maximum = 43200)]
    pub silent_after_minutes: Option<Option<i32>>,
}

/// A new source and its token, which is shown this once.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CreatedSource {
    pub source: Source,
    pub token: String,
}

/// A fresh token: 16 random bytes as hexadecimal.
pub fn new_token() -> String {
    random_hex(16)
}

pub fn check_name(name: &str) -> Result<()> {
    if name.trim().is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
        return Err(Error::invalid_field(
            "name",
            "has 1 to 100 characters, none of them a control character",
        ));
    }
    Ok(())
}

pub fn check_zone(zone: Option<i32>) -> Result<()> {
    if zone.is_some_and(|minutes| !(-840..=840).contains(&minutes)) {
        return Err(Error::invalid_field("zone_offset_minutes", "is between -840 and 840"));
    }
    Ok(())
}

/// Folds the texts as deliveries are compared, and refuses a text mapped twice.
pub fn check_mapping(mapping: &[NewSourceOrganization]) -> Result<Vec<NewSourceOrganization>> {
    if mapping.is_empty() || mapping.len() > 500 {
        return Err(Error::invalid_field("organizations", "maps 1 to 500 texts"));
    }
    let mut folded = Vec::<NewSourceOrganization>::with_capacity(mapping.len());
    for (index, entry) in mapping.iter().enumerate() {
        let matches =
            entry.matches.as_deref().map(|text| text.trim().to_lowercase()).filter(|text| !text.is_empty());
        let path = format!("organizations[{index}].match");
        if matches.as_ref().is_some_and(|text| text.len() > 200 || text.chars().any(char::is_control)) {
            return Err(Error::invalid_field(path, "has at most 200 bytes and no control characters"));
        }
        if folded.iter().any(|known| known.matches == matches) {
            return Err(Error::invalid_field(path, "is mapped already"));
        }
        folded.push(NewSourceOrganization { matches, organization_id: entry.organization_id });
    }
    Ok(folded)
}

/// Adds a source and its mapping; returns its token, which is kept nowhere.
pub async fn add_source(
    tx: &mut Tx,
    actor: &Actor,
    new: &NewSource,
    now: OffsetDateTime,
) -> Result<CreatedSource> {
    check_name(&new.name)?;
    check_zone(new.zone_offset_minutes)?;
    let mapping = check_mapping(&new.organizations)?;
    let networks = check_networks(new.kind, &new.networks)?;
    check_default(new.kind, &mapping)?;
    check_format(new.format.as_deref())?;
    check_silence(new.silent_after_minutes)?;
    let token = new_token();
    let id = SourceId::new();
    store::insert_source(tx, id, new, &hash(&token), hint(&token), now).await?;
    store::replace_mapping(tx, id, &mapping).await?;
    replace_networks(tx, id, &networks).await?;
    let deed = audit::Deed::new("source.created", "source", id.uuid()).called(new.name.trim());
    audit::record(tx, actor, deed).await?;
    announce(tx, id, "created", []).await?;
    let source = store::source(tx, id, now).await?;
    Ok(CreatedSource { source, token })
}

/// The mapping of a source that serves one organization: payloads that name none, FortiSIEM's own default tenant
/// `Super`, and the organization by its name.
pub fn mapping_to(organization: OrganizationId, name: &str) -> Vec<NewSourceOrganization> {
    let mut texts = vec![None, Some("super".to_owned()), Some(name.trim().to_lowercase())];
    texts.dedup();
    texts
        .into_iter()
        .map(|matches| NewSourceOrganization { matches, organization_id: organization })
        .collect()
}

pub fn hint(token: &str) -> &str {
    token.get(token.len().saturating_sub(4)..).unwrap_or_default()
}

/// Tells browsers of the organizations that it maps and of `others`, and the registries of every node.
pub async fn announce(
    tx: &mut Tx,
    id: SourceId,
    change: &'static str,
    others: impl IntoIterator<Item = OrganizationId>,
) -> Result<(), sqlx::Error> {
    let mut told = store::mapped_organizations(tx, id).await?.into_iter().collect::<BTreeSet<_>>();
    told.extend(others);
    for organization in told {
        let organization = Some(organization);
        let told = live::Change { topic: "sources", organization, id: id.uuid(), change, data: None };
        live::tell(tx, told).await?;
    }
    live::signal(tx, "sources", &id.to_string()).await
}
