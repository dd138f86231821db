//! From bytes to what the writers take: read, given an organization, enriched, fingerprinted.

use std::net::IpAddr;
use std::sync::Arc;

use assets::{AssetCard, Inventory};
use bytes::Bytes;
use detection::fingerprint::{self, Parties};
use detection::urgency::{self, UrgencyWork};
use fortisiem::{Delivery, Limits, Unreadable, code};
use serde::Serialize;
use time::{OffsetDateTime, UtcOffset};
use utoipa::ToSchema;
use uuid::Uuid;
use vocab::{Entry, Notification, OrganizationId, Problem};

use crate::generic;
use crate::registry::SourceRecord;
use crate::sources::SourceKind;

/// One delivery as it came.
#[derive(Debug, Clone)]
pub struct Arrival {
    pub source: Arc<SourceRecord>,
    pub body: Bytes,
    pub content_type: Option<String>,
    pub received_at: OffsetDateTime,
    pub ip: Option<IpAddr>,
    pub request_id: Option<Uuid>,
}

/// An incident that the writers can take.
#[derive(Debug, Clone)]
pub struct Incoming {
    pub arrival: Arc<Arrival>,
    /// This element's own bytes.
    pub raw: Bytes,
    pub organization: OrganizationId,
    pub notification: Notification,
    pub asset: Option<Arc<AssetCard>>,
    pub urgency: UrgencyWork,
    pub delivery_key: Uuid,
    pub incident_key: Option<Uuid>,
    pub recurrence_key: Option<Uuid>,
}

/// An element that could not be taken: why, where, and its bytes.
#[derive(Debug, Clone)]
pub struct Refused {
    pub code: &'static str,
    pub message: String,
    pub position: Option<Place>,
    pub raw: Bytes,
}

impl Refused {
    /// It could be read, and the database does not take it though it is there.
    pub fn not_kept(raw: Bytes) -> Self {
        let message = "it was read but could not be kept; replay it when the cause is mended".to_owned();
        Self { code: "not_kept", message, position: None, raw }
    }
}

/// Where in a body something is wrong.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Place {
    pub byte: usize,
    /// From 1.
    pub line: usize,
    /// From 1.
    pub column: usize,
    /// In the words of the format; empty at the top.
    pub path: String,
}

/// A delivery, read.
pub struct Read {
    pub is_list: bool,
    pub elements: Vec<Result<Box<Incoming>, Refused>>,
}

/// Reads a delivery. A body of which nothing can be read is one refused element; what names no organization is `unnamed`'s.
pub fn read(
    arrival: &Arc<Arrival>,
    inventory: &Inventory,
    body_bytes: usize,
    unnamed: Option<OrganizationId>,
) -> Read {
    let delivery = match read_by_content(arrival, body_bytes) {
        Ok(delivery) => delivery,
        Err(unreadable) => {
            return Read { is_list: false, elements: vec![Err(refused(unreadable, arrival.body.clone()))] };
        }
    };
    let elements = delivery.elements.into_iter().map(|element| {
        let raw = arrival.body.slice(element.raw);
        match element.reading {
            Ok(notification) => place(arrival, raw, notification, inventory, unnamed).map(Box::new),
            Err(unreadable) => Err(refused(unreadable, raw)),
        }
    });
    Read { is_list: delivery.is_list, elements: elements.collect() }
}

/// FortiSIEM's shapes and the generic alert are told apart by content; the source's kind says which to try first.
fn read_by_content(arrival: &Arrival, body_bytes: usize) -> Result<Delivery, Unreadable> {
    let limits = Limits { bytes: body_bytes, ..Limits::default() };
    let read_fortisiem = || match arrival.source.zone {
        Some(zone) => fortisiem::read_in_zone(&arrival.body, &limits, zone),
        None => fortisiem::read(&arrival.body, &limits),
    };
    let is_json = matches!(arrival.body.trim_ascii_start().first(), Some(b'{' | b'['));
    if !is_json {
        return read_fortisiem();
    }
    match arrival.source.kind {
        SourceKind::Fortisiem => match read_fortisiem() {
            Err(unreadable) if unreadable.code == code::UNKNOWN_SHAPE => generic::read(&arrival.body),
            Ok(delivery) if delivery.elements.iter().all(is_of_another_product) => {
                generic::read(&arrival.body)
            }
            other => other,
        },
        SourceKind::Generic | SourceKind::Syslog => {
            generic::read(&arrival.body).or_else(|unreadable| match read_fortisiem() {
                Err(other) if other.code == code::UNKNOWN_SHAPE => Err(unreadable),
                other => other,
            })
        }
    }
}

fn is_of_another_product(element: &fortisiem::Element) -> bool {
    matches!(&element.reading, Err(unreadable) if unreadable.code == code::UNKNOWN_SHAPE)
}

/// Messages and places quote what was sent: never more of it than people read, and nothing a database cannot hold.
const QUOTED_CHARACTERS: usize = 300;

fn quotable(text: &str) -> String {
    let visible = |character: char| if character.is_control() { '\u{fffd}' } else { character };
    text.chars().take(QUOTED_CHARACTERS).map(visible).collect()
}

fn refused(unreadable: Unreadable, raw: Bytes) -> Refused {
    let Unreadable { code, message, position } = unreadable;
    let path = quotable(&position.path);
    let place = Place { byte: position.byte, line: position.line, column: position.column, path };
    Refused { code, message: quotable(&message), position: Some(place), raw }
}

/// Names and numbers are part of indexes, which hold no more than this; the whole text is in the raw payload.
const NAME_BYTES: usize = 1000;

fn shorten(text: &mut String) {
    text.truncate(text.floor_char_boundary(NAME_BYTES));
}

/// Leaves out what no calendar of ours can hold: some senders write 1601, others the year 30000.
fn plausible(at: &mut Option<OffsetDateTime>, path: &str, problems: &mut Vec<Problem>) {
    let Some(claimed) = *at else { return };
    let read = claimed.checked_to_offset(UtcOffset::UTC).filter(|at| *at >= OffsetDateTime::UNIX_EPOCH);
    if read.is_none() {
        let message = "is no time that can be; left out".to_owned();
        problems.push(Problem { path: path.to_owned(), message });
    }
    *at = read;
}

/// Draws what was read into the bounds of what is kept.
fn bound(of: &mut Notification) {
    let names = [&mut of.title, &mut of.rule_id, &mut of.rule_name];
    names.into_iter().chain(&mut of.incident_id).for_each(shorten);
    for (at, path) in [
        (&mut of.event_time, "event_time"),
        (&mut of.first_seen, "first_seen"),
        (&mut of.last_seen, "last_seen"),
    ] {
        plausible(at, path, &mut of.problems);
    }
}

/// Makes of a notification that came by another way than the webhook what the writers take. The caller knows the
/// organization, and by which key a second telling of the same is recognised.
pub fn incoming(
    arrival: &Arc<Arrival>,
    organization: OrganizationId,
    notification: Notification,
    raw: Bytes,
    delivery_key: [u8; 16],
    inventory: &Inventory,
) -> Box<Incoming> {
    let delivery_key = Uuid::from_bytes(delivery_key);
    Box::new(complete(arrival, organization, notification, raw, delivery_key, inventory))
}

/// Gives an incident its organization, its asset, its urgency and its keys.
fn place(
    arrival: &Arc<Arrival>,
    raw: Bytes,
    notification: Notification,
    inventory: &Inventory,
    unnamed: Option<OrganizationId>,
) -> Result<Incoming, Refused> {
    let source = &arrival.source;
    let named = notification.organization.as_deref().filter(|text| !text.trim().is_empty());
    let Some(organization) = named.map_or(unnamed, |text| source.organization(Some(text))) else {
        let message = match &notification.organization {
            Some(text) => format!("the source has no mapping for the organization {:?}", quotable(text)),
            None => "the payload names no organization, and the source has no mapping for that".to_owned(),
        };
        let position = Place { byte: 0, line: 1, column: 1, path: "organization".to_owned() };
        return Err(Refused { code: "organization_not_mapped", message, position: Some(position), raw });
    };
    let delivery_key = Uuid::from_bytes(fingerprint::delivery(source.id, &fortisiem::payload_hash(&raw)));
    Ok(complete(arrival, organization, notification, raw, delivery_key, inventory))
}

fn complete(
    arrival: &Arc<Arrival>,
    organization: OrganizationId,
    mut notification: Notification,
    raw: Bytes,
    delivery_key: Uuid,
    inventory: &Inventory,
) -> Incoming {
    let source = &arrival.source;
    let asset = asset(&notification, organization, inventory);
    let exposure = urgency::exposure(
        notification.source_ip,
        notification.destination_ip,
        asset.as_ref().is_some_and(|asset| asset.is_internet_facing),
    );
    let urgency =
        urgency::urgency(notification.severity, asset.as_ref().map(|asset| asset.criticality), exposure);
    let parties = Parties {
        sources: &notification.sources,
        targets: &notification.targets,
        source_ip: notification.source_ip,
        destination_ip: notification.destination_ip,
    };
    let incident = notification.incident_id.as_deref();
    let incident_key = incident
        .and_then(|incident| fingerprint::incident(organization, source.id, Some(incident)))
        .map(Uuid::from_bytes);
    let recurrence_key =
        fingerprint::recurrence(organization, &notification.rule_id, &parties).map(Uuid::from_bytes);
    bound(&mut notification);
    Incoming {
        arrival: arrival.clone(),
        raw,
        organization,
        notification,
        asset,
        urgency,
        delivery_key,
        incident_key,
        recurrence_key,
    }
}

/// The asset an incident touches: by its target's address, its source's, then by the names of both.
fn asset(
    notification: &Notification,
    organization: OrganizationId,
    inventory: &Inventory,
) -> Option<Arc<AssetCard>> {
    let addresses = [notification.destination_ip, notification.source_ip];
    let by_address = addresses.into_iter().flatten().find_map(|ip| inventory.find(organization, ip));
    by_address.or_else(|| {
        let names = notification.targets.iter().chain(&notification.sources);
        names
            .filter(|entry| is_host_name(entry))
            .find_map(|entry| inventory.find_by_hostname(organization, &entry.value))
    })
}

fn is_host_name(entry: &Entry) -> bool {
    matches!(entry.attribute.as_str(), "hostName" | "destName" | "srcName" | "computer" | "host")
}

/// What is stored of a notification beside the alert's own columns; the raw events stay with the raw payload.
#[derive(Serialize)]
struct Stored<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remediation: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    severity_text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_time_text: Option<&'a str>,
    format: &'static str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    tactics: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    techniques: &'a [String],
    sources: &'a [Entry],
    targets: &'a [Entry],
    details: &'a [Entry],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    problems: &'a [Problem],
}

impl Incoming {
    /// The JSON that `alerts::model::Reading` reads.
    pub fn stored(&self) -> String {
        let of = &self.notification;
        let stored = Stored {
            description: of.description.as_deref(),
            remediation: of.remediation.as_deref(),
            category: of.category.as_deref(),
            device: of.device.as_deref(),
            severity_text: of.severity_text.as_deref(),
            event_time_text: of.event_time_text.as_deref(),
            format: of.format.as_str(),
            tactics: &of.tactics,
            techniques: &of.techniques,
            sources: &of.sources,
            targets: &of.targets,
            details: &of.details,
            problems: &of.problems,
        };
        serde_json::to_string(&stored).unwrap_or_else(|_| "{}".to_owned())
    }

    /// The arithmetic as JSON text.
    pub fn urgency_terms(&self) -> String {
        serde_json::to_string(&self.urgency.terms).unwrap_or_else(|_| "[]".to_owned())
    }

    /// Names and values that a search should find the ticket by.
    pub fn entity_words(&self) -> Vec<String> {
        let of = &self.notification;
        let entries = of.sources.iter().chain(&of.targets).chain(&of.details);
        let words = entries.take(40).flat_map(|entry| [Some(&entry.value), entry.note.as_ref()]);
        words.flatten().chain(&of.techniques).cloned().collect()
    }

    /// Whether the payload itself says when, readable or not.
    pub fn has_own_time(&self) -> bool {
        let of = &self.notification;
        of.event_time.or(of.first_seen).or(of.last_seen).is_some() || of.event_time_text.is_some()
    }

    /// When it was last seen: what the payload says where that is plausible, else when it came.
    pub fn last_seen(&self) -> OffsetDateTime {
        let received = self.arrival.received_at;
        let claimed = self.notification.last_seen.or(self.notification.event_time);
        claimed.filter(|claimed| *claimed <= received + time::Duration::minutes(5)).unwrap_or(received)
    }

    /// When it was first seen; never after it was last seen.
    pub fn first_seen(&self) -> OffsetDateTime {
        let last = self.last_seen();
        let claimed = self.notification.first_seen.or(self.notification.event_time).unwrap_or(last);
        claimed.min(last)
    }
}
