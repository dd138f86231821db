//! The dashboard's figures.

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use vocab::{AssetId, OrganizationId, Severity, Stage, UserId, Verdict};

vocab::text_enum! {
    /// How far back the dashboard looks.
    pub enum Period {
        Day = "24h",
        Week = "7d",
        Month = "30d",
        Quarter = "90d",
    }
}

impl Period {
    pub const fn length(self) -> Duration {
        match self {
            Period::Day => Duration::hours(24),
            Period::Week => Duration::days(7),
            Period::Month => Duration::days(30),
            Period::Quarter => Duration::days(90),
        }
    }

    /// How wide one bar of the volume is.
    pub const fn bucket(self) -> Duration {
        match self {
            Period::Day => Duration::hours(1),
            Period::Week => Duration::hours(6),
            Period::Month | Period::Quarter => Duration::days(1),
        }
    }

    /// Where the period's first bar begins: whole bars, the last of them the one that now is in.
    pub fn begins_at(self, now: OffsetDateTime) -> OffsetDateTime {
        let width = self.bucket().whole_seconds();
        let current = now.unix_timestamp().div_euclid(width) * width;
        let first = current + width - self.length().whole_seconds();
        OffsetDateTime::from_unix_timestamp(first).unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }

    /// The beginnings of the period's bars.
    pub fn buckets(self, now: OffsetDateTime) -> Vec<OffsetDateTime> {
        let first = self.begins_at(now);
        let count = self.length().whole_seconds() / self.bucket().whole_seconds();
        (0..count).map(|index| first + Duration::seconds(index * self.bucket().whole_seconds())).collect()
    }
}

#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct DashboardQuery {
    /// `24h` (default), `7d`, `30d` or `90d`.
    #[param(value_type = Option<Period>, inline)]
    pub period: Option<String>,
    /// Several, comma separated.
    #[param(value_type = Option<Vec<OrganizationId>>, style = Form, explode = false)]
    pub organization_id: Option<String>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Dashboard {
    pub tiles: Tiles,
    pub volume: Vec<Bar>,
    /// Tickets made in the period, by where they stand now.
    pub by_stage: Vec<StageCount>,
    /// Open tickets.
    pub by_severity: Vec<SeverityCount>,
    pub top_rules: Vec<RuleCount>,
    pub top_assets: Vec<AssetCount>,
    /// Open tickets by who has them; those that nobody has first.
    pub workload: Vec<Workload>,
    /// Of tickets that ended in the period.
    pub verdicts: Vec<VerdictCount>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Tiles {
    #[serde(flatten)]
    pub current: Figures,
    pub previous: Figures,
}

/// Null where there is nothing to tell: no ticket to take a mean of, no record of that time.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, ToSchema)]
pub struct Figures {
    pub open: Option<i64>,
    pub new: Option<i64>,
    pub unassigned: Option<i64>,
    pub mtta_seconds: Option<f64>,
    pub mttr_seconds: Option<f64>,
    pub alerts_per_hour: Option<f64>,
}

/// Tickets made from `at` on, until the next bar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Bar {
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    pub informational: i64,
    pub low: i64,
    pub medium: i64,
    pub high: i64,
    pub critical: i64,
}

impl Bar {
    pub const fn empty(at: OffsetDateTime) -> Self {
        Self { at, informational: 0, low: 0, medium: 0, high: 0, critical: 0 }
    }

    pub const fn add(&mut self, severity: Severity, count: i64) {
        match severity {
            Severity::Informational => self.informational += count,
            Severity::Low => self.low += count,
            Severity::Medium => self.medium += count,
            Severity::High => self.high += count,
            Severity::Critical => self.critical += count,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct StageCount {
    pub stage: Stage,
    pub count: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SeverityCount {
    pub severity: Severity,
    pub count: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RuleCount {
    pub rule_id: String,
    pub rule_name: String,
    pub count: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AssetCount {
    pub asset_id: AssetId,
    pub name: String,
    pub count: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Workload {
    /// Null for what nobody has.
    pub user_id: Option<UserId>,
    pub display_name: Option<String>,
    pub open: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct VerdictCount {
    pub verdict: Verdict,
    pub count: i64,
}

/// A sum of counted tickets.
#[derive(Debug, Clone)]
pub struct Counted {
    pub stage: Stage,
    pub severity: Severity,
    pub assignee: Option<Uuid>,
    /// Whenever they were made.
    pub all: i64,
    /// Of these, made in the period.
    pub in_period: i64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn the_last_bar_is_the_one_that_now_is_in() {
        let now = datetime!(2026-11-20 14:35 UTC);
        let bars = Period::Day.buckets(now);
        assert_eq!(bars.len(), 24);
        assert_eq!(bars.last(), Some(&datetime!(2026-11-20 14:00 UTC)));
        assert_eq!(Period::Week.buckets(now).last(), Some(&datetime!(2026-11-20 12:00 UTC)));
        assert_eq!(Period::Quarter.buckets(now).len(), 90);
        assert_eq!(Period::Quarter.buckets(now).last(), Some(&datetime!(2026-11-20 0:00 UTC)));
    }
}
