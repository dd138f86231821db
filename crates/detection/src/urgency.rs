//! How soon an alert wants work: severity, asset criticality and exposure, added up in the open.
//!
//! | factor | points |
//! |---|---|
//! | `severity` | informational 10, low 25, medium 45, high 65, critical 80 |
//! | `asset_criticality` | low -10, medium 0, high +10, critical +15, unknown 0 |
//! | `exposure` | a public source against an internal target +5; an asset that faces the internet +5 |
//!
//! The sum, drawn into 0 to 100, makes the level: from 80 critical, from 60 high, from 40 medium, from 20 low. So a
//! source's severity alone gives the level of its own name, but informational stays lowest, and a level is raised or
//! lowered by one step through what we know of the asset.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

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
    /// Whether the inventory says that the asset can be reached from the internet.
    pub is_internet_facing: bool,
    pub source_is_public: bool,
    pub destination_is_internal: bool,
}

/// One line of the arithmetic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Term {
    /// `severity`, `asset_criticality` or `exposure`.
    pub factor: String,
    /// What the factor was: `high`, `unknown`, `public_source_to_internal_target`, `internet_facing_asset`.
    pub value: String,
    pub points: i16,
}

/// An urgency and how it came about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct UrgencyWork {
    /// 0 to 100: the sum of the terms, drawn to the nearer end.
    pub score: i16,
    pub urgency: Urgency,
    pub terms: Vec<Term>,
}

pub fn urgency(severity: Severity, criticality: Option<Criticality>, exposure: Exposure) -> UrgencyWork {
    let mut terms = vec![
        term("severity", severity.as_str(), severity_points(severity)),
        term(
            "asset_criticality",
            criticality.map_or("unknown", Criticality::as_str),
            criticality.map_or(0, criticality_points),
        ),
    ];
    if exposure.source_is_public && exposure.destination_is_internal {
        terms.push(term("exposure", "public_source_to_internal_target", 5));
    }
    if exposure.is_internet_facing {
        terms.push(term("exposure", "internet_facing_asset", 5));
    }
    let score = terms.iter().map(|term| term.points).sum::<i16>().clamp(0, 100);
    UrgencyWork { score, urgency: level(score), terms }
}

fn term(factor: &str, value: &str, points: i16) -> Term {
    Term { factor: factor.to_owned(), value: value.to_owned(), points }
}

const fn severity_points(severity: Severity) -> i16 {
    match severity {
        Severity::Informational => 10,
        Severity::Low => 25,
        Severity::Medium => 45,
        Severity::High => 65,
        Severity::Critical => 80,
    }
}

const fn criticality_points(criticality: Criticality) -> i16 {
    match criticality {
        Criticality::Low => -10,
        Criticality::Medium => 0,
        Criticality::High => 10,
        Criticality::Critical => 15,
    }
}

const fn level(score: i16) -> Urgency {
    match score {
        80.. => Urgency::Critical,
        60..80 => Urgency::High,
        40..60 => Urgency::Medium,
        20..40 => Urgency::Low,
        _ => Urgency::Informational,
    }
}

/// What two addresses and the inventory say about reachability.
pub fn exposure(
    source_ip: Option<IpAddr>,
    destination_ip: Option<IpAddr>,
    asset_is_internet_facing: bool,
) -> Exposure {
    Exposure {
        is_internet_facing: asset_is_internet_facing,
        source_is_public: source_ip.is_some_and(is_public),
        destination_is_internal: destination_ip.is_some_and(is_internal),
    }
}

/// Whether an address is of a network nobody reaches from the internet: private (RFC 1918, RFC 4193), shared by a
/// carrier (RFC 6598), link-local, loopback, or "this network".
pub fn is_internal(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_internal_v4(address),
        IpAddr::V6(address) => is_internal_v6(address),
    }
}

fn is_internal_v4(address: Ipv4Addr) -> bool {
    let [first, second, ..] = address.octets();
    let is_shared = first == 100 && (64..128).contains(&second);
    address.is_private() || address.is_loopback() || address.is_link_local() || first == 0 || is_shared
}

/// The site-local addresses (`fec0::/10`) are given up, but networks still use them.
fn is_internal_v6(address: Ipv6Addr) -> bool {
    let [first, ..] = address.segments();
    let is_site_local = first & 0xffc0 == 0xfec0;
    address.is_unique_local()
        || address.is_unicast_link_local()
        || address.is_loopback()
        || address.is_unspecified()
        || is_site_local
}

/// Whether an address is one host's on the internet. Multicast, broadcast and reserved addresses are neither public nor
/// internal. The documentation ranges (RFC 5737, RFC 3849) count as public: they stand for the internet in every
/// example, and no real network has them.
pub fn is_public(address: IpAddr) -> bool {
    let address = address.to_canonical();
    let is_reserved = match address {
        IpAddr::V4(address) => address.octets().first().is_some_and(|first| *first >= 240),
        IpAddr::V6(_) => false,
    };
    !is_internal(address) && !address.is_multicast() && !is_reserved
}
