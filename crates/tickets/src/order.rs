//! By what a list is sorted, and where a page of it ended.

use platform::{Cursor, Error, Result};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::filter::parse;

vocab::text_enum! {
    /// By what a list is sorted; a hyphen puts the greatest first.
    pub enum TicketSort {
        Urgency = "urgency",
        UrgencyDescending = "-urgency",
        Severity = "severity",
        SeverityDescending = "-severity",
        CreatedAt = "created_at",
        CreatedAtDescending = "-created_at",
        Reference = "reference",
        ReferenceDescending = "-reference",
        LastSeenAt = "last_seen_at",
        LastSeenAtDescending = "-last_seen_at",
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SortKey {
    Urgency,
    Severity,
    /// By id, which is by creation and by reference.
    Created,
    LastSeen,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sort {
    pub key: SortKey,
    pub is_descending: bool,
}

/// Where a page ended: the sort key of its last row. Times are microseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    pub sort: Sort,
    pub severity: i16,
    pub score: i16,
    pub last_seen: i64,
    pub id: Uuid,
}

impl Place {
    /// Where a ticket stands in an order.
    pub fn of(ticket: &crate::model::TicketSummary, sort: Sort) -> Self {
        Self {
            sort,
            severity: ticket.severity.step(),
            score: ticket.urgency_score,
            last_seen: i64::try_from(ticket.last_seen_at.unix_timestamp_nanos() / 1000).unwrap_or(0),
            id: ticket.id.uuid(),
        }
    }

    pub fn last_seen_at(&self) -> Result<OffsetDateTime> {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.last_seen) * 1000)
            .map_err(|_| invalid_cursor())
    }
}

pub fn sort(text: Option<&str>) -> Result<Sort> {
    let order = match text {
        Some(text) => parse("sort", text)?,
        None => TicketSort::UrgencyDescending,
    };
    let key = match order {
        TicketSort::Urgency | TicketSort::UrgencyDescending => SortKey::Urgency,
        TicketSort::Severity | TicketSort::SeverityDescending => SortKey::Severity,
        TicketSort::LastSeenAt | TicketSort::LastSeenAtDescending => SortKey::LastSeen,
        TicketSort::CreatedAt
        | TicketSort::CreatedAtDescending
        | TicketSort::Reference
        | TicketSort::ReferenceDescending => SortKey::Created,
    };
    Ok(Sort { key, is_descending: order.as_str().starts_with('-') })
}

pub fn place(text: &str, sort: Sort) -> Result<Place> {
    let place = Cursor::read::<Place>(text)?;
    // A cursor of another order would silently skip rows.
    if place.sort != sort {
        return Err(invalid_cursor());
    }
    place.last_seen_at()?;
    Ok(place)
}

fn invalid_cursor() -> Error {
    Error::bad_request("invalid_cursor", "The cursor is not one of this list's.")
}
