//! Keys of 16 bytes by which deliveries are recognised.
//!
//! Every key is the first half of a SHA-256 digest over a domain's name and the parts, each with its length before it:
//! no two inputs meet by moving bytes from one part to its neighbour, and no two kinds of key ever meet.
//! Keys are stored: what goes into one never changes; a better key gets a new domain.

use std::net::IpAddr;

use sha2::{Digest, Sha256};
use vocab::{Entry, OrganizationId, SourceId};

/// The first 16 bytes of a SHA-256 digest.
pub type Key = [u8; 16];

/// One payload of one source: the second delivery of it is a duplicate.
pub fn delivery(source_id: SourceId, payload_hash: &[u8; 16]) -> Key {
    let mut parts = Parts::new("cibercase/delivery/1");
    parts.push(source_id.uuid().as_bytes());
    parts.push(payload_hash);
    parts.key()
}

/// One incident of one source, by the number the source gave it. `None` without a number: the unnumbered are not alike.
pub fn incident(
    organization_id: OrganizationId,
    source_id: SourceId,
    incident_id: Option<&str>,
) -> Option<Key> {
    let incident_id = incident_id.map(str::trim).filter(|id| !id.is_empty())?;
    let mut parts = Parts::new("cibercase/incident/1");
    parts.push(organization_id.uuid().as_bytes());
    parts.push(source_id.uuid().as_bytes());
    parts.push(incident_id.as_bytes());
    Some(parts.key())
}

/// What [`recurrence`] compares of a notification.
#[derive(Debug, Clone, Copy)]
pub struct Parties<'a> {
    pub sources: &'a [Entry],
    pub targets: &'a [Entry],
    /// Stands in where there are no source entries.
    pub source_ip: Option<IpAddr>,
    /// Stands in where there are no target entries.
    pub destination_ip: Option<IpAddr>,
}

/// One rule firing between the same parties: the same attributes with the same values, in any order and case, however
/// often repeated. `None` where a side is unknown: an empty side never groups, or all that a rule says about nobody
/// would be one alert.
pub fn recurrence(organization_id: OrganizationId, rule_id: &str, parties: &Parties<'_>) -> Option<Key> {
    let rule_id = Some(rule_id.trim()).filter(|id| !id.is_empty())?;
    let sources = side(parties.sources, "srcIpAddr", parties.source_ip)?;
    let targets = side(parties.targets, "destIpAddr", parties.destination_ip)?;
    let mut parts = Parts::new("cibercase/recurrence/1");
    parts.push(organization_id.uuid().as_bytes());
    parts.push(rule_id.as_bytes());
    for side in [sources, targets] {
        parts.push(&(side.len() as u64).to_le_bytes());
        for (attribute, value) in side {
            parts.push(attribute.as_bytes());
            parts.push(value.as_bytes());
        }
    }
    Some(parts.key())
}

/// A side as sorted pairs; its address under `attribute` where it has no entry that says anything.
fn side<'a>(
    entries: &'a [Entry],
    attribute: &'a str,
    address: Option<IpAddr>,
) -> Option<Vec<(&'a str, String)>> {
    let pairs = entries.iter().map(|entry| (entry.attribute.trim(), entry.value.trim().to_lowercase()));
    let mut pairs: Vec<_> = pairs.filter(|(_, value)| !value.is_empty()).collect();
    if pairs.is_empty() {
        pairs.push((attribute, address?.to_string()));
    }
    pairs.sort_unstable();
    pairs.dedup();
    Some(pairs)
}

struct Parts(Sha256);

impl Parts {
    fn new(domain: &str) -> Self {
        let mut parts = Self(Sha256::new());
        parts.push(domain.as_bytes());
        parts
    }

    fn push(&mut self, part: &[u8]) {
        self.0.update((part.len() as u64).to_le_bytes());
        self.0.update(part);
    }

    fn key(self) -> Key {
        let digest = self.0.finalize();
        let mut key = [0; 16];
        key.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
        key
    }
}
