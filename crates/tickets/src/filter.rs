//! What a list is asked for: filters, order and place, read from the URL.

use std::net::IpAddr;
use std::ops::RangeInclusive;

use platform::http::{moment, several};
use platform::{Error, Result};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::IntoParams;
use uuid::Uuid;
use vocab::{AssetId, OrganizationId, Severity, Stage, Urgency, UserId, Verdict};

use crate::order::{Place, Sort, TicketSort, place, sort};
use crate::words::{self, WordQuery};

/// The filters of a list, a count and an export. Those marked so take several values, comma separated.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct TicketQuery {
    /// Words of title, description, rule, addresses, asset, references, tags and comments; accents do not matter, a
    /// word may be a beginning, "quoted" words are whole.
    #[param(max_length = 500)]
    pub q: Option<String>,
    /// Several.
    #[param(value_type = Option<Vec<Stage>>, style = Form, explode = false)]
    pub stage: Option<String>,
    /// Keys of the organization's own statuses; several.
    #[param(value_type = Option<Vec<String>>, style = Form, explode = false)]
    pub status: Option<String>,
    /// Several.
    #[param(value_type = Option<Vec<Severity>>, style = Form, explode = false)]
    pub severity: Option<String>,
    /// Several.
    #[param(value_type = Option<Vec<Urgency>>, style = Form, explode = false)]
    pub urgency: Option<String>,
    /// `me`, `none` or a user's id; several.
    #[param(value_type = Option<Vec<String>>, style = Form, explode = false)]
    pub assignee: Option<String>,
    /// Several.
    #[param(value_type = Option<Vec<OrganizationId>>, style = Form, explode = false)]
    pub organization_id: Option<String>,
    #[param(max_length = 1000)]
    pub rule_id: Option<String>,
    /// An address, as source or destination.
    pub ip: Option<String>,
    #[param(value_type = Option<AssetId>)]
    pub asset_id: Option<String>,
    /// Several: tickets that have all of them.
    #[param(value_type = Option<Vec<String>>, style = Form, explode = false)]
    pub tag: Option<String>,
    /// Several.
    #[param(value_type = Option<Vec<Verdict>>, style = Form, explode = false)]
    pub verdict: Option<String>,
    /// The source's own incident number, or a ticket's reference.
    #[param(max_length = 1000)]
    pub source_reference: Option<String>,
    /// From this time on (RFC 3339).
    #[param(format = DateTime)]
    pub created_from: Option<String>,
    /// Before this time (RFC 3339).
    #[param(format = DateTime)]
    pub created_to: Option<String>,
    /// Also tickets that were merged into others.
    pub include_merged: Option<bool>,
    /// Default `-urgency`.
    #[param(value_type = Option<TicketSort>, inline)]
    pub sort: Option<String>,
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    pub cursor: Option<String>,
}

/// The filters, read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    /// The caller's, narrowed to those asked for.
    pub organizations: Vec<Uuid>,
    pub stages: Vec<Stage>,
    pub severities: Vec<Severity>,
    pub urgencies: Vec<Urgency>,
    pub assignees: Vec<Uuid>,
    pub or_unassigned: bool,
    pub created_from: Option<OffsetDateTime>,
    pub created_to: Option<OffsetDateTime>,
    pub include_merged: bool,
    pub verdicts: Vec<Verdict>,
    /// Keys of statuses.
    pub statuses: Vec<String>,
    /// Words and facets of what a ticket is about, as a `tsquery`.
    pub words: Option<String>,
}

impl Filter {
    /// What the word index is asked: the words and what it knows of the state. `None` where it would have to list half
    /// of the table.
    ///
    /// Its lists are read side by side, so that a long one beside a short one costs: a small organization's word spares
    /// it the rows of the large ones, a large one's word would be most of the table.
    pub fn index_query(&self, is_small: bool) -> Option<String> {
        let mut query = WordQuery::default();
        query.any(self.verdicts.iter().map(|verdict| words::facet("verdict", verdict.as_str())));
        query.any(self.statuses.iter().map(|key| words::facet("status", key)));
        if !self.has_words() {
            return None;
        }
        query.any(self.stages.iter().map(|stage| words::facet("stage", stage.as_str())));
        if self.only_severity().is_none() {
            query.any(self.severities.iter().map(|severity| words::facet("s", severity.as_str())));
        }
        if !self.urgencies.is_empty() {
            query.any(self.scores().map(|score| words::facet("u", &score.to_string())));
        }
        if is_small {
            query.any(self.organizations.iter().map(|&id| words::organization(OrganizationId(id))));
        }
        let words = self.words.iter().cloned().chain([query.to_tsquery()]).filter(|part| !part.is_empty());
        Some(words.collect::<Vec<_>>().join(" & "))
    }

    /// Whether the word index is worth asking.
    pub fn has_words(&self) -> bool {
        self.words.is_some() || !self.verdicts.is_empty() || !self.statuses.is_empty()
    }

    /// Every score that is asked for, from the lowest.
    pub fn scores(&self) -> impl Iterator<Item = i16> {
        let is_asked = |urgency: &&Urgency| self.urgencies.is_empty() || self.urgencies.contains(urgency);
        Urgency::ALL.iter().filter(is_asked).flat_map(|urgency| scores(*urgency))
    }

    /// The one severity whose word index is enough.
    pub fn only_severity(&self) -> Option<i16> {
        match self.severities.as_slice() {
            [severity] => Some(severity.step()),
            _ => None,
        }
    }
}

/// The scores of an urgency: `detection` draws the lines there.
pub const fn scores(urgency: Urgency) -> RangeInclusive<i16> {
    match urgency {
        Urgency::Informational => 0..=19,
        Urgency::Low => 20..=39,
        Urgency::Medium => 40..=59,
        Urgency::High => 60..=79,
        Urgency::Critical => 80..=100,
    }
}

/// A list as asked for.
#[derive(Debug, Clone)]
pub struct Asked {
    pub filter: Filter,
    pub sort: Sort,
    pub after: Option<Place>,
    pub limit: i64,
}

impl TicketQuery {
    /// Reads everything; `me` is who asks and `organizations` where they may read.
    pub fn read(&self, me: UserId, organizations: &[OrganizationId]) -> Result<Asked> {
        self.check_texts()?;
        let sort = sort(self.sort.as_deref())?;
        let after = self.cursor.as_deref().map(|text| place(text, sort)).transpose()?;
        Ok(Asked {
            filter: self.filter(me, organizations)?,
            sort,
            after,
            limit: platform::page::limit(self.limit)?,
        })
    }

    fn check_texts(&self) -> Result<()> {
        let texts = [
            ("q", &self.q, 500),
            ("status", &self.status, 2000),
            ("rule_id", &self.rule_id, 1000),
            ("tag", &self.tag, 2000),
            ("source_reference", &self.source_reference, 1000),
            ("organization_id", &self.organization_id, 20_000),
            ("assignee", &self.assignee, 20_000),
        ];
        for (field, text, most) in texts {
            let text = text.as_deref().unwrap_or_default();
            if text.chars().count() > most {
                return Err(Error::invalid_field(field, format!("is longer than {most}")));
            }
            if text.chars().any(char::is_control) {
                return Err(Error::invalid_field(field, "has control characters"));
            }
        }
        Ok(())
    }

    fn filter(&self, me: UserId, organizations: &[OrganizationId]) -> Result<Filter> {
        let asked = several::<OrganizationId>("organization_id", self.organization_id.as_deref())?;
        let mine = organizations.iter().filter(|id| asked.is_empty() || asked.contains(id));
        let mut filter = Filter {
            organizations: mine.map(|id| id.uuid()).collect(),
            stages: distinct(several("stage", self.stage.as_deref())?),
            severities: distinct(several("severity", self.severity.as_deref())?),
            urgencies: distinct(several("urgency", self.urgency.as_deref())?),
            created_from: moment("created_from", self.created_from.as_deref())?,
            created_to: moment("created_to", self.created_to.as_deref())?,
            include_merged: self.include_merged.unwrap_or(false),
            verdicts: distinct(several("verdict", self.verdict.as_deref())?),
            statuses: several("status", self.status.as_deref())?,
            ..Filter::default()
        };
        if !filter.verdicts.is_empty() && filter.stages.is_empty() {
            // Only what has ended has a verdict.
            filter.stages = vec![Stage::Resolved, Stage::Closed];
        }
        for assignee in several::<String>("assignee", self.assignee.as_deref())? {
            match assignee.as_str() {
                "none" => filter.or_unassigned = true,
                "me" => filter.assignees.push(me.uuid()),
                id => filter.assignees.push(parse("assignee", id)?),
            }
        }
        filter.assignees = distinct(filter.assignees);
        let words = self.words()?;
        if !words.is_empty() {
            filter.words = Some(words.to_tsquery());
        }
        Ok(filter)
    }

    fn words(&self) -> Result<WordQuery> {
        let mut query = WordQuery::default();
        if let Some(text) = given(&self.q) {
            query.text(text);
        }
        query.any(given(&self.rule_id).map(|id| words::facet("rule", id)));
        if let Some(text) = self.ip.as_deref() {
            query.any([words::ip(parse::<IpAddr>("ip", text)?)]);
        }
        if let Some(text) = self.asset_id.as_deref() {
            query.any([words::facet("asset", &parse::<AssetId>("asset_id", text)?.to_string())]);
        }
        for tag in several::<String>("tag", self.tag.as_deref())?.into_iter().take(20) {
            query.any([words::facet("tag", &tag.to_lowercase())]);
        }
        query.any(given(&self.source_reference).map(|id| words::facet("ref", id.trim())));
        Ok(query)
    }
}

fn given(text: &Option<String>) -> Option<&str> {
    text.as_deref().map(str::trim).filter(|text| !text.is_empty())
}

pub fn parse<T: std::str::FromStr>(field: &str, text: &str) -> Result<T>
where
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error: T::Err| Error::invalid_field(field, error.to_string()))
}

fn distinct<T: Ord>(mut values: Vec<T>) -> Vec<T> {
    values.sort();
    values.dedup();
    values
}

#[cfg(test)]
mod tests {
    use platform::Cursor;

    use super::*;
    use crate::order::SortKey;

    fn read(query: TicketQuery) -> Result<Asked> {
        query.read(UserId::new(), &[OrganizationId::new()])
    }

    #[test]
    fn the_default_is_the_most_urgent_first() -> Result<()> {
        let asked = read(TicketQuery::default())?;
        assert_eq!(asked.sort, Sort { key: SortKey::Urgency, is_descending: true });
        assert_eq!(asked.limit, 50);
        Ok(())
    }

    #[test]
    fn a_cursor_of_another_order_is_refused() -> Result<()> {
        let sort = Sort { key: SortKey::Created, is_descending: true };
        let place = Place { sort, severity: 1, score: 1, last_seen: 0, id: Uuid::nil() };
        let cursor = Some(Cursor::write(&place)?);
        assert!(
            read(TicketQuery {
                cursor: cursor.clone(),
                sort: Some("-created_at".into()),
                ..Default::default()
            })
            .is_ok()
        );
        let other = read(TicketQuery { cursor, ..Default::default() });
        assert_eq!(other.map(|_| ()).map_err(|error| error.code()), Err("invalid_cursor"));
        Ok(())
    }

    #[test]
    fn an_organization_of_others_is_left_out() -> Result<()> {
        let mine = OrganizationId::new();
        let query = TicketQuery {
            organization_id: Some(OrganizationId::new().to_string()),
            ..TicketQuery::default()
        };
        assert!(query.read(UserId::new(), &[mine])?.filter.organizations.is_empty());
        Ok(())
    }

    #[test]
    fn every_urgency_has_the_scores_that_detection_gives_it() {
        use detection::urgency::{Criticality, Exposure, urgency};
        for severity in Severity::ALL {
            for criticality in Criticality::ALL.iter().copied().map(Some).chain([None]) {
                for bits in 0..8 {
                    let exposure = Exposure {
                        is_internet_facing: bits & 1 > 0,
                        source_is_public: bits & 2 > 0,
                        destination_is_internal: bits & 4 > 0,
                    };
                    let work = urgency(severity, criticality, exposure);
                    assert!(scores(work.urgency).contains(&work.score), "{work:?}");
                }
            }
        }
    }

    #[test]
    fn wrong_values_are_named() {
        for query in [
            TicketQuery { stage: Some("lost".into()), ..Default::default() },
            TicketQuery { ip: Some("10.0.0".into()), ..Default::default() },
            TicketQuery { created_from: Some("yesterday".into()), ..Default::default() },
            TicketQuery { created_from: Some("-0001-01-01T00:00:00Z".into()), ..Default::default() },
            TicketQuery { assignee: Some("somebody".into()), ..Default::default() },
            TicketQuery { sort: Some("updated_at".into()), ..Default::default() },
            TicketQuery { limit: Some(0), ..Default::default() },
        ] {
            assert_eq!(read(query).map(|_| ()).map_err(|error| error.code()), Err("validation_failed"));
        }
    }
}
