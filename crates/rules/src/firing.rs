//! From a hit to what the intake takes: a notification with its parties, its reasons and a key that a replay repeats.

use log_formats::Event;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sigma::Hit;
use uuid::Uuid;
use vocab::{Entry, Format, Notification, Severity, SourceState};

use crate::engine::Seen;

/// Bytes of an event that stand with the alert; the event itself is kept elsewhere.
const MOST_RAW: usize = 8 * 1024;
/// Reasons that stand with the alert.
const MOST_REASONS: usize = 40;

/// A rule that wants an alert.
#[derive(Debug, Clone)]
pub struct Firing {
    /// The event's place in the batch; of several events, the one that completed them.
    pub event: usize,
    pub rule: Uuid,
    pub notification: Notification,
    /// Of the rule and the event: the same after a replay.
    pub delivery_key: [u8; 16],
    /// For "why did this fire".
    pub why: Value,
}

/// What a firing says of its rule.
#[derive(Debug, Clone)]
pub struct About {
    pub id: Uuid,
    pub title: String,
    pub description: Option<String>,
    pub severity: Severity,
    pub techniques: Vec<String>,
    pub tactics: Vec<String>,
}

/// Who an alert is about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Parties {
    pub sources: Vec<Entry>,
    pub targets: Vec<Entry>,
}

impl Parties {
    pub fn of(event: &Event<'_>, hit: &Hit) -> Self {
        let mut parties = match &hit.correlated {
            Some(correlated) => Self::of_group(&correlated.group),
            None => Self::of_event(event),
        };
        parties.complete(event);
        parties
    }

    fn of_event(event: &Event<'_>) -> Self {
        let mut parties = Self::default();
        if let Some(ip) = event.source_ip {
            parties.sources.push(entry("srcIpAddr", ip.to_string()));
        }
        match (event.destination_ip, event.host.as_deref()) {
            (Some(ip), _) => parties.targets.push(entry("destIpAddr", ip.to_string())),
            (None, Some(host)) => parties.targets.push(entry("hostName", host)),
            (None, None) => {}
        }
        if let Some(user) = event.user.as_deref() {
            parties.targets.push(entry("user", user));
        }
        parties
    }

    fn of_group(group: &[(String, String)]) -> Self {
        let mut parties = Self::default();
        for (name, value) in group {
            match name.as_str() {
                "source_ip" | "srcip" | "remip" | "IpAddress" | "SourceIp" | "SourceAddress" => {
                    parties.sources.push(entry("srcIpAddr", value));
                }
                "destination_ip" | "dstip" | "locip" | "DestinationIp" | "DestAddress" => {
                    parties.targets.push(entry("destIpAddr", value));
                }
                "host" | "device" | "devname" | "Computer" => parties.targets.push(entry("hostName", value)),
                "user" | "TargetUserName" | "SubjectUserName" | "User" => {
                    parties.targets.push(entry("user", value));
                }
                _ => parties.targets.push(entry(name, value)),
            }
        }
        parties
    }

    /// An alert with an empty side never meets its like: whoever observed it stands in.
    fn complete(&mut self, event: &Event<'_>) {
        let device = event.device.as_deref().or(event.host.as_deref());
        if self.sources.is_empty() {
            let user = event.user.as_deref().map(|user| entry("user", user));
            self.sources.extend(user.or_else(|| device.map(|device| entry("hostName", device))));
        }
        if self.targets.is_empty() {
            self.targets.extend(device.map(|device| entry("hostName", device)));
        }
    }
}

fn entry(attribute: &str, value: impl Into<String>) -> Entry {
    Entry { attribute: attribute.to_owned(), label: String::new(), value: value.into(), note: None }
}

/// Makes a firing of a hit; `occurrences` are the events that it stands for.
pub fn firing(
    at: usize,
    seen: &Seen<'_>,
    about: &About,
    hit: &Hit,
    parties: Parties,
    occurrences: u64,
) -> Firing {
    let why = why(hit, seen, occurrences);
    Firing {
        event: at,
        rule: about.id,
        notification: notification(seen, about, hit, parties, occurrences),
        delivery_key: delivery_key(about.id, seen),
        why,
    }
}

fn delivery_key(rule: Uuid, seen: &Seen<'_>) -> [u8; 16] {
    let mut digest = Sha256::new();
    digest.update(b"cibercase/firing/1");
    digest.update(rule.as_bytes());
    digest.update(seen.organization.uuid().as_bytes());
    digest.update(seen.id.as_bytes());
    let mut key = [0; 16];
    key.iter_mut().zip(digest.finalize()).for_each(|(to, from)| *to = from);
    key
}

fn why(hit: &Hit, seen: &Seen<'_>, occurrences: u64) -> Value {
    let matched = hit.matched.iter().take(MOST_REASONS).map(|matched| {
        json!({
            "selection": matched.selection, "field": matched.field,
            "value": matched.value.as_deref().map(|value| cut(value, 500)),
            "pattern": matched.pattern.as_deref().map(|pattern| cut(pattern, 500)),
        })
    });
    json!({
        "event_id": seen.id, "occurrences": occurrences, "selections": hit.selections,
        "matched": matched.collect::<Vec<_>>(), "correlation": hit.correlated,
    })
}

fn notification(
    seen: &Seen<'_>,
    about: &About,
    hit: &Hit,
    parties: Parties,
    occurrences: u64,
) -> Notification {
    let event = seen.event;
    let counted = hit.correlated.as_ref().map_or(0, |correlated| correlated.events.len() as u64);
    let details = hit
        .matched
        .iter()
        .take(MOST_REASONS)
        .filter_map(|matched| Some(entry(&matched.field, cut(matched.value.as_deref()?, 500))));
    Notification {
        format: Format::Rule,
        incident_id: None,
        rule_id: about.id.to_string(),
        rule_name: about.title.clone(),
        title: title(about, event, hit),
        description: about.description.clone(),
        remediation: None,
        severity: about.severity,
        severity_text: None,
        state: SourceState::Active,
        organization: None,
        organization_number: None,
        category: None,
        tactics: about.tactics.clone(),
        techniques: about.techniques.clone(),
        source_ip: address(&parties.sources),
        destination_ip: address(&parties.targets),
        sources: parties.sources,
        targets: parties.targets,
        details: details.collect(),
        occurrences: occurrences.max(counted).max(1),
        event_time: event.time.or(Some(event.received_at)),
        event_time_text: None,
        first_seen: None,
        last_seen: None,
        device: event.device.as_deref().map(str::to_owned),
        raw_events: vec![cut(&String::from_utf8_lossy(seen.raw), MOST_RAW).to_owned()],
        problems: Vec::new(),
    }
}

/// The rule's title, and what the sender itself calls a single event: the attack, the virus.
fn title(about: &About, event: &Event<'_>, hit: &Hit) -> String {
    match event.rule_name.as_deref().map(str::trim) {
        Some(name) if hit.correlated.is_none() && !name.is_empty() => {
            format!("{}: {}", about.title, cut(name, 120))
        }
        _ => about.title.clone(),
    }
}

fn address(entries: &[Entry]) -> Option<std::net::IpAddr> {
    entries.iter().find_map(|entry| entry.value.parse().ok())
}

/// At most so many bytes, whole characters.
fn cut(text: &str, most: usize) -> &str {
    let end = (0..=most.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or_default()).unwrap_or_default()
}
