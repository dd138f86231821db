//! Keys of 16 bytes by which deliveries are recognised.

use std::net::IpAddr;

use vocab::{Entry, OrganizationId, SourceId};

/// The first 16 bytes of a SHA-256 digest.
pub type Key = [u8; 16];

/// One payload of one source: the second delivery of it is a duplicate.
pub fn delivery(source_id: SourceId, payload_hash: &[u8; 16]) -> Key {
    let _ = (source_id, payload_hash);
    [0; 16]
}

/// One incident of one source, by the number the source gave it. `None` without a number.
pub fn incident(
    organization_id: OrganizationId,
    source_id: SourceId,
    incident_id: Option<&str>,
) -> Option<Key> {
    let _ = (organization_id, source_id, incident_id);
    None
}

/// What [`recurrence`] compares of a notification.
#[derive(Debug, Clone, Copy)]
pub struct Parties<'a> {
    pub sources: &'a [Entry],
    pub targets: &'a [Entry],
    pub source_ip: Option<IpAddr>,
    pub destination_ip: Option<IpAddr>,
}

/// One rule firing between the same parties. `None` where either side is unknown: an empty side never groups.
pub fn recurrence(organization_id: OrganizationId, rule_id: &str, parties: &Parties<'_>) -> Option<Key> {
    let _ = (organization_id, rule_id, parties);
    None
}
