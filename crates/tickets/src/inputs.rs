//! What people send: tickets, edits, endings, comments; checked before anything is done with them.

use std::net::IpAddr;

use platform::Result;
use platform::http::present;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use vocab::{AssetId, Impact, OrganizationId, Severity, Stage, UserId, Verdict};

use crate::checks::Checks;

vocab::text_enum! {
    /// The stages that an edit may choose; the others are reached by resolving, closing and reopening.
    pub enum OpenStage {
        New = "new",
        InProgress = "in_progress",
        Pending = "pending",
    }
}

impl From<OpenStage> for Stage {
    fn from(stage: OpenStage) -> Self {
        match stage {
            OpenStage::New => Stage::New,
            OpenStage::InProgress => Stage::InProgress,
            OpenStage::Pending => Stage::Pending,
        }
    }
}

/// A ticket made by hand, for a telephone call or a hunch.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTicket {
    pub organization_id: OrganizationId,
    #[schema(min_length = 1, max_length = 300)]
    pub title: String,
    #[schema(max_length = 20000)]
    pub description: Option<String>,
    pub severity: Severity,
    pub asset_id: Option<AssetId>,
    #[schema(value_type = Option<String>)]
    pub source_ip: Option<IpAddr>,
    #[schema(value_type = Option<String>)]
    pub destination_ip: Option<IpAddr>,
    pub assignee_id: Option<UserId>,
    #[serde(default)]
    #[schema(max_items = 20)]
    pub tags: Vec<String>,
}

impl NewTicket {
    pub fn checked(mut self) -> Result<Self> {
        let mut checks = Checks::default();
        self.title = checks.line("title", &self.title, 1, 300);
        self.description = self.description.map(|text| checks.text("description", &text, 0, 20_000));
        self.tags = checks.tags("tags", &self.tags);
        checks.done(self)
    }
}

/// An edit: what is absent stays.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TicketChange {
    #[schema(min_length = 1, max_length = 300)]
    pub title: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 20000)]
    pub description: Option<Option<String>>,
    pub severity: Option<Severity>,
    pub stage: Option<OpenStage>,
    /// The key of one of the organization's statuses; it brings its stage with it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub status: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Uuid>)]
    pub assignee_id: Option<Option<UserId>>,
    #[schema(max_items = 20)]
    pub tags: Option<Vec<String>>,
}

impl TicketChange {
    pub fn checked(mut self) -> Result<Self> {
        let mut checks = Checks::default();
        self.title = self.title.map(|text| checks.line("title", &text, 1, 300));
        self.description =
            self.description.map(|text| text.map(|text| checks.text("description", &text, 0, 20_000)));
        self.status = self.status.map(|key| key.map(|key| checks.line("status", &key, 1, 50)));
        self.tags = self.tags.map(|tags| checks.tags("tags", &tags));
        checks.done(self)
    }
}

/// What is said when a ticket ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Ending {
    pub verdict: Verdict,
    pub impact: Impact,
    #[schema(min_length = 1, max_length = 4000)]
    pub reason: String,
}

impl Ending {
    pub fn checked(mut self) -> Result<Self> {
        let mut checks = Checks::default();
        self.reason = checks.text("reason", &self.reason, 1, 4000);
        checks.done(self)
    }
}

/// Why something is done.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    #[schema(min_length = 1, max_length = 4000)]
    pub reason: String,
}

impl Reason {
    pub fn checked(mut self) -> Result<Self> {
        let mut checks = Checks::default();
        self.reason = checks.text("reason", &self.reason, 1, 4000);
        checks.done(self)
    }
}

/// A comment as typed.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewComment {
    /// Markdown, at most 64 KiB. `@[Name](user:<id>)` mentions somebody.
    #[schema(min_length = 1, max_length = 65536)]
    pub body_markdown: String,
}

impl NewComment {
    pub fn checked(self) -> Result<Self> {
        let mut checks = Checks::default();
        checks.text("body_markdown", &self.body_markdown, 1, 65_536);
        // As typed: trailing spaces are Markdown.
        checks.done(self)
    }
}

/// Who a comment mentions: `@[Display Name](user:<uuid>)`, each once, at most 50.
pub fn mentions(body: &str) -> Vec<UserId> {
    let mut found = Vec::new();
    for part in body.split("](user:").skip(1) {
        let Some((id, _)) = part.split_once(')') else { continue };
        let Ok(id) = id.parse::<UserId>() else { continue };
        if !found.contains(&id) && found.len() < 50 {
            found.push(id);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mentions_are_read_once_each_and_nonsense_is_not() {
        let id = UserId::new();
        let body = format!("@[Ana](user:{id}) and @[Ana](user:{id}) and @[x](user:nonsense) ](user:");
        assert_eq!(mentions(&body), vec![id]);
    }
}
