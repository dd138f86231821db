//! How soon an alert wants work: severity, asset criticality and exposure, added up in the open.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use vocab::{Severity, Urgency};

vocab::text_enum! {
    /// How much the organization depends on an asset.
    pub enum Criticality {
        Low = "low",
        Medium = "medium",
        High = "high",
        Critical = "critical",
    }
}

/// How reachable the parties of an alert are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Exposure {
    pub is_internet_facing: bool,
    pub source_is_public: bool,
    pub destination_is_internal: bool,
}

/// One line of the arithmetic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    /// `severity`, `asset_criticality` or `exposure`.
    pub factor: String,
    /// What the factor was: `high`, `unknown`, `public_source_to_internal_target`.
    pub value: String,
    pub points: i16,
}

/// An urgency and how it came about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UrgencyWork {
    /// 0 to 100: the sum of the terms, drawn to the nearer end.
    pub score: i16,
    pub urgency: Urgency,
    pub terms: Vec<Term>,
}

pub fn urgency(severity: Severity, criticality: Option<Criticality>, exposure: Exposure) -> UrgencyWork {
    let _ = (severity, criticality, exposure);
    UrgencyWork { score: 0, urgency: Urgency::Low, terms: Vec::new() }
}

pub fn exposure(
    source_ip: Option<IpAddr>,
    destination_ip: Option<IpAddr>,
    asset_is_internet_facing: bool,
) -> Exposure {
    let _ = (source_ip, destination_ip);
    Exposure { is_internet_facing: asset_is_internet_facing, ..Exposure::default() }
}
