//! The texts of one incident by their meaning, whatever format they came in, and the [`Notification`] they make.

use std::borrow::Cow;

use time::OffsetDateTime;
use vocab::{Entry, Format, Notification, Severity, SourceState};

use crate::entries::{address_of, readable_address};
use crate::raw_events::raw_events;
use crate::reading::{Reading, present};
use crate::techniques::{tactics, techniques};
use crate::times::{Moment, at_offset, moment};

/// One text and the name it came under, for the paths of problems.
#[derive(Debug, Clone)]
pub(crate) struct Slot<'a> {
    pub name: &'a str,
    pub text: Cow<'a, str>,
}

#[derive(Debug, Default)]
pub(crate) struct Draft<'a> {
    pub incident_id: Option<Slot<'a>>,
    pub rule_id: Option<Slot<'a>>,
    pub rule_name: Option<Slot<'a>>,
    /// A second-best name: what the event was called.
    pub event_name: Option<Slot<'a>>,
    pub title: Option<Slot<'a>>,
    pub description: Option<Slot<'a>>,
    pub remediation: Option<Slot<'a>>,
    pub severity: Option<Slot<'a>>,
    /// `LOW`, `MEDIUM`, `HIGH`: what is left where the number is missing.
    pub severity_word: Option<Slot<'a>>,
    pub status: Option<Slot<'a>>,
    pub organization: Option<Slot<'a>>,
    pub organization_number: Option<Slot<'a>>,
    pub category: Option<Slot<'a>>,
    pub sub_category: Option<Slot<'a>>,
    pub tactics: Option<Slot<'a>>,
    pub techniques: Option<Slot<'a>>,
    pub occurrences: Option<Slot<'a>>,
    pub event_time: Option<Slot<'a>>,
    pub first_seen: Option<Slot<'a>>,
    pub last_seen: Option<Slot<'a>>,
    pub device_name: Option<Slot<'a>>,
    pub device_address: Option<Slot<'a>>,
    pub raw_events: Option<Slot<'a>>,
    /// Addresses that stand by themselves beside the lists: a sender cannot forge them from within a value.
    pub source_address: Option<Slot<'a>>,
    pub destination_address: Option<Slot<'a>>,
    pub sources: Vec<Entry>,
    pub targets: Vec<Entry>,
    pub details: Vec<Entry>,
}

impl<'a> Draft<'a> {
    /// The first text of a meaning stays; a second that differs is a problem.
    pub fn fill(reading: &mut Reading<'_>, slot: &mut Option<Slot<'a>>, name: &'a str, text: Cow<'a, str>) {
        match slot {
            None if present(&text).is_none() => {}
            None => *slot = Some(Slot { name, text }),
            Some(first) if first.text.trim() == text.trim() || present(&text).is_none() => {}
            Some(_) => reading.problem(name, "given twice with different values; the first was taken"),
        }
    }

    /// The notification, or nothing where there is neither a rule's id nor a rule's name.
    pub fn finish(self, mut reading: Reading<'_>, format: Format) -> Option<Notification> {
        let reading_ref = &mut reading;
        let (rule_id, rule_name) = rule(reading_ref, &self)?;
        let (severity, severity_text) = severity(reading_ref, &self);
        let (event_time, event_time_text) = event_time(reading_ref, &self.event_time);
        let (first_seen, last_seen) =
            (instant(reading_ref, &self.first_seen), instant(reading_ref, &self.last_seen));
        let (source_ip, destination_ip) = parties(reading_ref, &self, format);
        let notification = Notification {
            format,
            incident_id: incident_id(reading_ref, &self.incident_id),
            title: text(reading_ref, &self.title).unwrap_or_else(|| rule_name.clone()),
            rule_id,
            rule_name,
            description: text(reading_ref, &self.description),
            remediation: text(reading_ref, &self.remediation),
            severity,
            severity_text,
            state: state(reading_ref, &self.status),
            organization: text(reading_ref, &self.organization),
            organization_number: number(reading_ref, &self.organization_number),
            category: category(reading_ref, &self),
            tactics: text(reading_ref, &self.tactics).map(|text| tactics(&text)).unwrap_or_default(),
            techniques: technique_ids(reading_ref, &self.techniques),
            source_ip,
            destination_ip,
            occurrences: occurrences(reading_ref, &self.occurrences),
            // Where the source tells one of the two times only, the event is the one last seen.
            event_time: event_time.or(last_seen.filter(|_| event_time_text.is_none())),
            event_time_text,
            first_seen,
            last_seen: last_seen.or(event_time.filter(|_| first_seen.is_some())),
            device: device(reading_ref, &self),
            raw_events: text(reading_ref, &self.raw_events).map(|text| raw_events(&text)).unwrap_or_default(),
            sources: self.sources,
            targets: self.targets,
            details: self.details,
            problems: Vec::new(),
        };
        Some(Notification { problems: reading.problems, ..notification })
    }
}

/// The rule's id and name; one stands in for the other.
fn rule(reading: &mut Reading<'_>, draft: &Draft<'_>) -> Option<(String, String)> {
    let id = text(reading, &draft.rule_id);
    let name = text(reading, &draft.rule_name).or_else(|| text(reading, &draft.event_name));
    let id = id.or_else(|| name.clone())?;
    let name = name.unwrap_or_else(|| id.clone());
    Some((id, name))
}

fn text(reading: &mut Reading<'_>, slot: &Option<Slot<'_>>) -> Option<String> {
    let slot = slot.as_ref()?;
    reading.text(&slot.text, slot.name)
}

/// Numbers lose their leading zeros, so that one incident has one spelling. Another text is kept, and noted.
fn incident_id(reading: &mut Reading<'_>, slot: &Option<Slot<'_>>) -> Option<String> {
    let id = text(reading, slot)?;
    match id.parse::<i64>() {
        Ok(0) => None,
        Ok(number) => Some(number.to_string()),
        Err(_) if id.bytes().all(|byte| byte == b'0') => None,
        Err(_) => {
            reading
                .problem(slot.as_ref().map_or("incidentId", |slot| slot.name), "not a number; kept as text");
            Some(id)
        }
    }
}

fn severity(reading: &mut Reading<'_>, draft: &Draft<'_>) -> (Severity, Option<String>) {
    let word = draft.severity_word.as_ref().and_then(|slot| severity_of_word(&slot.text));
    let guess = word.unwrap_or(Severity::Medium);
    let Some(written) = text(reading, &draft.severity) else {
        if word.is_none() {
            reading.problem(
                draft.severity.as_ref().map_or("severity", |slot| slot.name),
                "missing; taken for medium",
            );
        }
        return (guess, text(reading, &draft.severity_word));
    };
    let name = draft.severity.as_ref().map_or("severity", |slot| slot.name);
    let severity = match (written.parse::<i64>(), severity_of_word(&written)) {
        (Ok(number @ 0..=10), _) => Severity::from_fortisiem(number),
        (_, Some(severity)) => severity,
        (Ok(_), None) => {
            reading.problem(name, format!("outside 0 to 10; taken for {guess}"));
            guess
        }
        (Err(_), None) => {
            reading.problem(name, format!("not a number; taken for {guess}"));
            guess
        }
    };
    (severity, Some(written))
}

fn severity_of_word(text: &str) -> Option<Severity> {
    const WORDS: [(&str, Severity); 8] = [
        ("informational", Severity::Informational),
        ("info", Severity::Informational),
        ("low", Severity::Low),
        ("medium", Severity::Medium),
        ("high", Severity::High),
        ("very-high", Severity::Critical),
        ("very high", Severity::Critical),
        ("critical", Severity::Critical),
    ];
    let text = text.trim();
    WORDS.iter().find(|(word, _)| word.eq_ignore_ascii_case(text)).map(|(_, severity)| *severity)
}

/// `0` and words for active; `1`, `2`, `3` (by itself, by hand, by the system) and words with "clear" for cleared.
fn state(reading: &mut Reading<'_>, slot: &Option<Slot<'_>>) -> SourceState {
    let Some(slot) = slot else { return SourceState::Active };
    let status = slot.text.trim();
    match status.parse::<i64>() {
        Ok(0) => return SourceState::Active,
        Ok(1..=3) => return SourceState::Cleared,
        _ => {}
    }
    let status = status.to_ascii_lowercase();
    if status.contains("clear") && !status.contains("not clear") && !status.contains("uncleared") {
        return SourceState::Cleared;
    }
    if !matches!(status.as_str(), "active" | "new" | "open" | "triggered") {
        reading.problem(slot.name, "not a known status; taken for active");
    }
    SourceState::Active
}

fn number(reading: &mut Reading<'_>, slot: &Option<Slot<'_>>) -> Option<i64> {
    let slot = slot.as_ref()?;
    let number = slot.text.trim().parse().ok();
    if number.is_none() {
        reading.problem(slot.name, "not a number; left out");
    }
    number
}

/// At least one: something was told.
fn occurrences(reading: &mut Reading<'_>, slot: &Option<Slot<'_>>) -> u64 {
    let Some(slot) = slot else { return 1 };
    match slot.text.trim().parse::<u64>() {
        Ok(count) => count.max(1),
        Err(_) => {
            reading.problem(slot.name, "not a count; taken for 1");
            1
        }
    }
}

/// `Security/Execution`. JSON numbers the first half, events write `PH_RULE_SECURITY_Policy_Violation` for the second.
fn category(reading: &mut Reading<'_>, draft: &Draft<'_>) -> Option<String> {
    let main = text(reading, &draft.category);
    let sub = text(reading, &draft.sub_category);
    let main = main.map(|main| match main.as_str() {
        "1" => "Availability".to_owned(),
        "2" => "Performance".to_owned(),
        "3" => "Change".to_owned(),
        "4" => "Security".to_owned(),
        "5" => "Other".to_owned(),
        _ => main,
    });
    let sub = sub.map(|sub| match sub.strip_prefix("PH_RULE_").and_then(|rest| rest.split_once('_')) {
        Some((_, words)) => words.replace('_', " "),
        None => sub,
    });
    match (main, sub) {
        (Some(main), Some(sub)) => Some(format!("{main}/{sub}")),
        (main, sub) => main.or(sub),
    }
}

fn technique_ids(reading: &mut Reading<'_>, slot: &Option<Slot<'_>>) -> Vec<String> {
    let Some(slot) = slot else { return Vec::new() };
    let found = techniques(&slot.text);
    if found.is_empty() && slot.text.contains(char::is_alphanumeric) {
        reading.problem(slot.name, "no technique id is in it");
    }
    found
}

fn device(reading: &mut Reading<'_>, draft: &Draft<'_>) -> Option<String> {
    let named = |attributes: [&str; 2]| {
        let entries = || draft.details.iter().chain(&draft.sources).chain(&draft.targets);
        attributes
            .iter()
            .find_map(|name| entries().find(|entry| entry.attribute == *name))
            .map(|e| e.value.clone())
    };
    text(reading, &draft.device_name)
        .or_else(|| text(reading, &draft.device_address))
        .or_else(|| named(["reptDevName", "reptDevIpAddr"]))
}

/// The time of the event; its text too unless the text says when beyond doubt.
fn event_time(
    reading: &mut Reading<'_>,
    slot: &Option<Slot<'_>>,
) -> (Option<OffsetDateTime>, Option<String>) {
    let Some(slot) = slot else { return (None, None) };
    match (moment(&slot.text), reading.zone) {
        (Moment::At(at), _) => (Some(at), None),
        (Moment::Never, _) => (None, None),
        (Moment::Wall(wall), Some(zone)) => match at_offset(wall, zone) {
            Moment::At(at) => (Some(at), reading.text(&slot.text, slot.name)),
            _ => (None, reading.text(&slot.text, slot.name)),
        },
        (Moment::Wall(_), None) => (None, reading.text(&slot.text, slot.name)),
        (Moment::Unreadable, _) => {
            reading.problem(slot.name, "not a time; kept as text");
            (None, reading.text(&slot.text, slot.name))
        }
    }
}

fn instant(reading: &mut Reading<'_>, slot: &Option<Slot<'_>>) -> Option<OffsetDateTime> {
    let slot = slot.as_ref()?;
    let found = match (moment(&slot.text), reading.zone) {
        (Moment::Wall(wall), Some(zone)) => at_offset(wall, zone),
        (found, _) => found,
    };
    match found {
        Moment::At(at) => Some(at),
        Moment::Never => None,
        Moment::Wall(_) | Moment::Unreadable => {
            reading.problem(slot.name, "not a time, or none without its zone; left out");
            None
        }
    }
}

type Ip = Option<std::net::IpAddr>;

/// The address that stands by itself, else `srcIpAddr` and `destIpAddr` of the lists, else the `hostIpAddr` of a side.
fn parties(reading: &mut Reading<'_>, draft: &Draft<'_>, format: Format) -> (Ip, Ip) {
    let (sources, targets, details) = match format {
        Format::FortisiemXml => ("incidentSource", "incidentTarget", "incidentDetails"),
        _ => ("incidentSrc", "incidentTarget", "incidentDetail"),
    };
    let mut side = |alone: &Option<Slot<'_>>, entries: &[Entry], attribute: &str, path: &str| {
        let alone = alone.as_ref().and_then(|slot| readable_address(reading, &slot.text, slot.name));
        alone
            .or_else(|| address_of(reading, entries, attribute, path))
            .or_else(|| address_of(reading, entries, "hostIpAddr", path))
            .or_else(|| address_of(reading, &draft.details, attribute, details))
    };
    let source = side(&draft.source_address, &draft.sources, "srcIpAddr", sources);
    let destination = side(&draft.destination_address, &draft.targets, "destIpAddr", targets);
    (source, destination)
}
