//! An asset, what may be written into one, and what an edit changes.

use std::str::FromStr;

use detection::urgency::Criticality;
use platform::error::FieldError;
use platform::http::present;
use platform::{Error, Result};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use vocab::{AssetId, OrganizationId};

use crate::address::Address;
use crate::{AssetCard, fields};

vocab::text_enum! {
    /// What an asset is.
    pub enum AssetKind {
        Server = "server",
        Workstation = "workstation",
        Network = "network",
        Firewall = "firewall",
        Database = "database",
        Application = "application",
        Cloud = "cloud",
        Iot = "iot",
        Mobile = "mobile",
        Other = "other",
    }
}

vocab::text_enum! {
    /// Where an asset stands in its life. Only active assets are found by address and hostname.
    pub enum AssetState {
        Planned = "planned",
        Active = "active",
        Retired = "retired",
    }
}

/// What people say of an asset, checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AssetContent {
    /// Unique in the organization, without regard to case.
    pub name: String,
    pub kind: AssetKind,
    pub criticality: Criticality,
    pub state: AssetState,
    pub owner: Option<String>,
    pub department: Option<String>,
    pub description: Option<String>,
    pub is_internet_facing: bool,
    /// Hosts and networks, IPv4 and IPv6. One address names one asset of an organization.
    #[schema(value_type = Vec<String>)]
    pub addresses: Vec<Address>,
    pub hostnames: Vec<String>,
    pub tags: Vec<String>,
}

/// An entry of the CMDB.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Asset {
    pub id: AssetId,
    pub organization_id: OrganizationId,
    #[serde(flatten)]
    pub content: AssetContent,
    pub version: i32,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    pub updated_at: OffsetDateTime,
}

impl Asset {
    pub fn card(&self) -> AssetCard {
        let content = &self.content;
        AssetCard {
            id: self.id,
            name: content.name.clone(),
            criticality: content.criticality,
            state: content.state,
            is_internet_facing: content.is_internet_facing,
            owner: content.owner.clone(),
            department: content.department.clone(),
        }
    }
}

/// A new asset as it is sent. What is left out is `other`, `medium`, `active` or empty.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAsset {
    pub organization_id: OrganizationId,
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    #[serde(default = "default_kind")]
    pub kind: AssetKind,
    #[serde(default = "default_criticality")]
    pub criticality: Criticality,
    #[serde(default = "default_state")]
    pub state: AssetState,
    #[schema(max_length = 200)]
    pub owner: Option<String>,
    #[schema(max_length = 200)]
    pub department: Option<String>,
    #[schema(max_length = 10000)]
    pub description: Option<String>,
    #[serde(default)]
    pub is_internet_facing: bool,
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub addresses: Vec<String>,
    #[serde(default)]
    #[schema(max_items = 100)]
    pub hostnames: Vec<String>,
    #[serde(default)]
    #[schema(max_items = 32)]
    pub tags: Vec<String>,
}

/// What to change; null empties owner, department and description, what is left out stays. Lists are replaced whole.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssetChange {
    #[schema(min_length = 1, max_length = 200)]
    pub name: Option<String>,
    pub kind: Option<AssetKind>,
    pub criticality: Option<Criticality>,
    pub state: Option<AssetState>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 200)]
    pub owner: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 200)]
    pub department: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 10000)]
    pub description: Option<Option<String>>,
    pub is_internet_facing: Option<bool>,
    #[schema(max_items = 1000)]
    pub addresses: Option<Vec<String>>,
    #[schema(max_items = 100)]
    pub hostnames: Option<Vec<String>>,
    #[schema(max_items = 32)]
    pub tags: Option<Vec<String>>,
}

pub const fn default_kind() -> AssetKind {
    AssetKind::Other
}

pub const fn default_criticality() -> Criticality {
    Criticality::Medium
}

pub const fn default_state() -> AssetState {
    AssetState::Active
}

impl NewAsset {
    /// The content checked, with every mistake named at once.
    pub fn check(self) -> Result<AssetContent> {
        let mut errors = Vec::new();
        let content = AssetContent {
            name: taken(&mut errors, "name", fields::name(&self.name)),
            kind: self.kind,
            criticality: self.criticality,
            state: self.state,
            owner: line(&mut errors, "owner", self.owner.as_deref()),
            department: line(&mut errors, "department", self.department.as_deref()),
            description: lines(&mut errors, self.description.as_deref()),
            is_internet_facing: self.is_internet_facing,
            addresses: addresses(&mut errors, &self.addresses),
            hostnames: hostnames(&mut errors, &self.hostnames),
            tags: tags(&mut errors, &self.tags),
        };
        if errors.is_empty() { Ok(content) } else { Err(Error::invalid(errors)) }
    }
}

impl AssetChange {
    /// `content` with the change made and checked, with every mistake named at once.
    pub fn apply(self, content: &AssetContent) -> Result<AssetContent> {
        let mut errors = Vec::new();
        let mut changed = content.clone();
        if let Some(text) = self.name {
            changed.name = taken(&mut errors, "name", fields::name(&text));
        }
        changed.kind = self.kind.unwrap_or(content.kind);
        changed.criticality = self.criticality.unwrap_or(content.criticality);
        changed.state = self.state.unwrap_or(content.state);
        changed.is_internet_facing = self.is_internet_facing.unwrap_or(content.is_internet_facing);
        if let Some(text) = self.owner {
            changed.owner = line(&mut errors, "owner", text.as_deref());
        }
        if let Some(text) = self.department {
            changed.department = line(&mut errors, "department", text.as_deref());
        }
        if let Some(text) = self.description {
            changed.description = lines(&mut errors, text.as_deref());
        }
        if let Some(texts) = self.addresses {
            changed.addresses = addresses(&mut errors, &texts);
        }
        if let Some(texts) = self.hostnames {
            changed.hostnames = hostnames(&mut errors, &texts);
        }
        if let Some(texts) = self.tags {
            changed.tags = tags(&mut errors, &texts);
        }
        if errors.is_empty() { Ok(changed) } else { Err(Error::invalid(errors)) }
    }
}

fn taken<T: Default>(errors: &mut Vec<FieldError>, path: &str, checked: Result<T, String>) -> T {
    checked.unwrap_or_else(|message| {
        errors.push(FieldError { path: path.to_owned(), message });
        T::default()
    })
}

fn line(errors: &mut Vec<FieldError>, path: &str, text: Option<&str>) -> Option<String> {
    text.and_then(|text| taken(errors, path, fields::line(text, fields::NAME_CHARS)))
}

fn lines(errors: &mut Vec<FieldError>, text: Option<&str>) -> Option<String> {
    text.and_then(|text| taken(errors, "description", fields::lines(text, fields::DESCRIPTION_CHARS)))
}

pub(crate) fn addresses(errors: &mut Vec<FieldError>, texts: &[String]) -> Vec<Address> {
    let read = several(errors, "addresses", texts, fields::MAX_ADDRESSES, Address::from_str);
    let mut addresses = fields::distinct(read);
    // The order of the database, so that what is sent and what is kept compare equal.
    addresses.sort_unstable();
    addresses
}

pub(crate) fn hostnames(errors: &mut Vec<FieldError>, texts: &[String]) -> Vec<String> {
    fields::distinct(several(errors, "hostnames", texts, fields::MAX_HOSTNAMES, fields::hostname))
}

pub(crate) fn tags(errors: &mut Vec<FieldError>, texts: &[String]) -> Vec<String> {
    fields::distinct(several(errors, "tags", texts, fields::MAX_TAGS, fields::tag))
}

/// Checks every text of a list; a mistake is named by its place.
fn several<T>(
    errors: &mut Vec<FieldError>,
    field: &str,
    texts: &[String],
    max: usize,
    check: impl Fn(&str) -> Result<T, String>,
) -> Vec<T> {
    if texts.len() > max {
        let message = format!("has {} entries; at most {max} are kept", texts.len());
        errors.push(FieldError { path: field.to_owned(), message });
        return Vec::new();
    }
    let mut read = Vec::with_capacity(texts.len());
    for (index, text) in texts.iter().enumerate() {
        match check(text) {
            Ok(value) => read.push(value),
            Err(message) => errors.push(FieldError { path: format!("{field}[{index}]"), message }),
        }
    }
    read
}
