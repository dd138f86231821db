//! CEF lines to notifications.

use std::borrow::Cow;
use std::ops::Range;

use log_formats::cef::{Header, cef_start, extension, header};
use time::UtcOffset;
use vocab::{Format, Notification};

use crate::draft::{Draft, Slot};
use crate::entries::{attribute_list, entry};
use crate::event::{RULE_INCIDENT, event_within, keep_rest, read_event};
use crate::limits::Limits;
use crate::reading::Reading;
use crate::source::Source;
use crate::unreadable::{Unreadable, code};
use crate::{Delivery, Element};

/// Reads a body of CEF, a line each. A line without a header of its own belongs to the raw event before it.
pub(crate) fn read_cef(
    source: &Source<'_>,
    limits: &Limits,
    zone: Option<UtcOffset>,
) -> Result<Delivery, Unreadable> {
    let lines = incident_lines(&source.text);
    if lines.len() > limits.elements {
        return Err(source.unreadable(code::TOO_MANY_ELEMENTS, "the list has too many incidents", 0, ""));
    }
    let read = |(index, range): (usize, &Range<usize>)| line(source, range.clone(), index + 1, limits, zone);
    if let [range] = lines.as_slice() {
        let reading = Ok(read((0, range))?);
        let raw = 0..source.body_offset(source.text.len());
        return Ok(Delivery { is_list: false, elements: vec![Element { raw, reading }] });
    }
    let elements = lines
        .iter()
        .enumerate()
        .map(|numbered| Element { raw: source.raw(numbered.1), reading: read(numbered) });
    let elements: Vec<Element> = elements.collect();
    let is_foreign = |element: &Element| matches!(&element.reading, Err(e) if e.code == code::UNKNOWN_SHAPE);
    if elements.iter().all(is_foreign) {
        return Err(source.unreadable(code::UNKNOWN_SHAPE, "the CEF is another product's", 0, ""));
    }
    Ok(Delivery { is_list: true, elements })
}

fn incident_lines(text: &str) -> Vec<Range<usize>> {
    let mut lines: Vec<Range<usize>> = Vec::new();
    let (mut offset, mut is_in_raw_event) = (0, false);
    for line in text.split_inclusive('\n') {
        let (start, end) = (offset, offset + line.trim_end().len());
        offset += line.len();
        if line.trim().is_empty() {
            continue;
        }
        match lines.last_mut() {
            Some(last) if is_in_raw_event && cef_start(line.trim_start()).is_none() => last.end = end,
            _ => {
                is_in_raw_event = line.contains("rawEvent=");
                lines.push(start..end);
            }
        }
    }
    lines
}

fn line(
    source: &Source<'_>,
    range: Range<usize>,
    number: usize,
    limits: &Limits,
    zone: Option<UtcOffset>,
) -> Result<Notification, Unreadable> {
    let refuse =
        |code, message: &str| Err(source.unreadable(code, message, range.start, format!("line {number}")));
    let text = source.text.get(range.clone()).unwrap_or_default().trim_start();
    let Some(cef) = cef_start(text).and_then(|at| text.get(at..)) else {
        return refuse(code::UNKNOWN_SHAPE, "the line is no CEF");
    };
    let Some(header) = header(cef) else {
        return refuse(code::CEF_MALFORMED, "the CEF header is not complete");
    };
    let is_ours =
        header.product.eq_ignore_ascii_case("FortiSIEM") || header.product.eq_ignore_ascii_case("AccelOps");
    if !is_ours {
        return refuse(code::UNKNOWN_SHAPE, "the CEF is another product's");
    }
    let pairs: Vec<_> = extension(header.extension).take(limits.members + 1).collect();
    if pairs.len() > limits.members {
        return refuse(code::TOO_MANY_MEMBERS, "the incident has too many fields");
    }
    match notification(&header, &pairs, Reading::new(limits, zone, "")) {
        Some(notification) => Ok(notification),
        None => refuse(code::NOT_AN_INCIDENT, "neither a rule's id nor a rule's name is in it"),
    }
}

fn notification<'a>(
    header: &'a Header<'a>,
    pairs: &'a [(&'a str, Cow<'a, str>)],
    mut reading: Reading<'_>,
) -> Option<Notification> {
    let raw_event = pairs.iter().find(|(key, _)| *key == "rawEvent").map(|(_, value)| value.as_ref());
    let tree = raw_event.and_then(|text| event_within(text, reading.limits));
    let mut draft = Draft::default();
    // The event inside is the fuller one: it goes first, CEF fills what it leaves open.
    let rest = tree.as_ref().map(|tree| read_event(tree, &mut reading, &mut draft)).unwrap_or_default();
    if let Some(text) = raw_event.filter(|_| tree.is_none()) {
        if text.contains(RULE_INCIDENT) {
            reading.problem("rawEvent", "the event inside cannot be read; kept as a raw event");
        }
        Draft::fill(&mut reading, &mut draft.raw_events, "rawEvent", Cow::Borrowed(text));
    }
    fill_from_header(&mut draft, header);
    let mut more = fill_from_extension(&mut reading, &mut draft, pairs);
    more.extend(rest);
    keep_rest(&mut reading, &mut draft, more);
    draft.finish(reading, Format::FortisiemCef)
}

/// FortiSIEM writes the rule's id where CEF has the name; hand-made senders write it where CEF has the signature.
fn fill_from_header<'a>(draft: &mut Draft<'a>, header: &'a Header<'a>) {
    let (id, name) = match (&*header.signature, &*header.name) {
        (_, name) if name.starts_with("PH_RULE_") => (name, None),
        (signature, name) => (signature, Some(name)),
    };
    or(&mut draft.rule_id, "signature", id);
    if let Some(name) = name {
        or(&mut draft.event_name, "name", name);
    }
    or(&mut draft.severity, "severity", &header.severity);
}

fn or<'a>(slot: &mut Option<Slot<'a>>, name: &'a str, text: &'a str) {
    if slot.is_none() && crate::reading::present(text).is_some() {
        *slot = Some(Slot { name, text: Cow::Borrowed(text) });
    }
}

/// Returns the fields without a place.
fn fill_from_extension<'a>(
    reading: &mut Reading<'_>,
    draft: &mut Draft<'a>,
    pairs: &'a [(&'a str, Cow<'a, str>)],
) -> Vec<(&'a str, Cow<'a, str>)> {
    let mut rest = Vec::new();
    for (key, value) in pairs {
        let label =
            pairs.iter().find(|(name, _)| name.strip_suffix("Label") == Some(key)).map(|(_, label)| &**label);
        let meaning = label.unwrap_or(key);
        match meaning {
            "IncidentDetail" | "IncidentSource" | "IncidentTarget" => lists(reading, draft, meaning, value),
            "src" | "shost" | "suser" | "spt" | "dst" | "dhost" | "duser" | "dpt" => {
                party(reading, draft, key, value);
            }
            // FortiSIEM's `type` says that it is an incident: known by now.
            "rawEvent" | "type" => {}
            _ if key.ends_with("Label") => {}
            _ => match slot(draft, meaning) {
                Some(slot) => or(slot, key, value),
                None => rest.push((meaning, value.clone())),
            },
        }
    }
    rest
}

fn slot<'d, 'a>(draft: &'d mut Draft<'a>, meaning: &str) -> Option<&'d mut Option<Slot<'a>>> {
    Some(match meaning {
        "IncidentID" | "externalId" => &mut draft.incident_id,
        "CustomerName" => &mut draft.organization,
        "CustomerID" => &mut draft.organization_number,
        "cnt" => &mut draft.occurrences,
        "rt" => &mut draft.event_time,
        "start" => &mut draft.first_seen,
        "end" => &mut draft.last_seen,
        "cat" => &mut draft.category,
        "msg" => &mut draft.description,
        "dvchost" => &mut draft.device_name,
        "dvc" => &mut draft.device_address,
        _ => return None,
    })
}

fn lists(reading: &mut Reading<'_>, draft: &mut Draft<'_>, meaning: &str, value: &str) {
    let entries = match meaning {
        "IncidentSource" => &mut draft.sources,
        "IncidentTarget" => &mut draft.targets,
        _ => &mut draft.details,
    };
    if entries.is_empty() {
        *entries = attribute_list(reading, value, meaning);
    }
}

/// CEF's parties under FortiSIEM's names, where the event inside does not tell them.
fn party(reading: &mut Reading<'_>, draft: &mut Draft<'_>, key: &str, value: &str) {
    let (entries, attribute) = match key {
        "src" => (&mut draft.sources, "srcIpAddr"),
        "shost" => (&mut draft.sources, "srcName"),
        "suser" => (&mut draft.sources, "user"),
        "spt" => (&mut draft.sources, "srcIpPort"),
        "dst" => (&mut draft.targets, "destIpAddr"),
        "dhost" => (&mut draft.targets, "destName"),
        "duser" => (&mut draft.targets, "targetUser"),
        _ => (&mut draft.targets, "destIpPort"),
    };
    if !entries.iter().any(|entry| entry.attribute == attribute) {
        entries.extend(entry(reading, attribute, "", value, key));
    }
}
