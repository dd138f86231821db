//! Incidents as flat fields: the `<event name="phRuleIncident">` of the rule engine, an event inside a query's answer,
//! and the names they share with the JSON of the REST interface.

use std::borrow::Cow;

use vocab::{Entry, Format, Notification};

use crate::draft::Draft;
use crate::entries::{attribute_list, entry};
use crate::limits::Limits;
use crate::reading::{Reading, present};
use crate::xml::{Step, Tree, Walker, children_of};

/// The name the rule engine gives its events.
pub(crate) const RULE_INCIDENT: &str = "phRuleIncident";

/// Whether an `<event>` is one of the rule engine.
pub(crate) fn is_rule_incident(tree: &Tree<'_>) -> bool {
    tree.root().and_then(|root| tree.attribute(root, "name")).is_some_and(|name| name.trim() == RULE_INCIDENT)
}

/// `None` where it names no rule.
pub(crate) fn event(tree: &Tree<'_>, mut reading: Reading<'_>) -> Option<Notification> {
    let mut draft = Draft::default();
    let rest = read_event(tree, &mut reading, &mut draft);
    keep_rest(&mut reading, &mut draft, rest);
    draft.finish(reading, Format::FortisiemEvent)
}

/// Fills a draft from an event; returns the fields it has no place for.
pub(crate) fn read_event<'a>(
    tree: &Tree<'a>,
    reading: &mut Reading<'_>,
    draft: &mut Draft<'a>,
) -> Vec<(&'a str, Cow<'a, str>)> {
    let mut rest = Vec::new();
    for (node, below) in tree.children() {
        if below.is_empty() {
            rest.extend(field(reading, draft, node.name, node.text.clone()));
            continue;
        }
        for (inner, _) in children_of(below, node.depth + 1) {
            // `<attribute name="eventType">` in a query's answer; `<triggerEvents>` in the rule engine's own.
            match tree.attribute(inner, "name") {
                Some(Cow::Borrowed(name)) => rest.extend(field(reading, draft, name, inner.text.clone())),
                _ => rest.push((inner.name, inner.text.clone())),
            }
        }
    }
    rest
}

/// The event of the rule engine within a text, such as the `rawEvent` of CEF.
pub(crate) fn event_within<'a>(text: &'a str, limits: &Limits) -> Option<Tree<'a>> {
    let mut walker = Walker::new(text, limits);
    while let Ok(step) = walker.step() {
        match step {
            Step::Open(tag) if tag.name == "event" => return walker.tree(tag).ok().filter(is_rule_incident),
            Step::Open(_) | Step::Close | Step::Text { .. } => {}
            Step::End => return None,
        }
    }
    None
}

/// Puts one field where it belongs. A field without a place comes back.
pub(crate) fn field<'a>(
    reading: &mut Reading<'_>,
    draft: &mut Draft<'a>,
    name: &'a str,
    text: Cow<'a, str>,
) -> Option<(&'a str, Cow<'a, str>)> {
    let entries = match name {
        "incidentSrc" | "incidentSource" => Some(&mut draft.sources),
        "incidentTarget" => Some(&mut draft.targets),
        "incidentDetail" | "incidentDetails" => Some(&mut draft.details),
        _ => None,
    };
    if let Some(entries) = entries {
        entries.extend(list(reading, &text, name));
        return None;
    }
    match slot(draft, name) {
        Some(slot) => {
            Draft::fill(reading, slot, name, text);
            None
        }
        None => Some((name, text)),
    }
}

fn slot<'d, 'a>(draft: &'d mut Draft<'a>, name: &str) -> Option<&'d mut Option<crate::draft::Slot<'a>>> {
    Some(match name {
        "incidentId" => &mut draft.incident_id,
        "eventType" | "ruleType" => &mut draft.rule_id,
        "_ruleName" | "ruleName" => &mut draft.rule_name,
        "eventName" => &mut draft.event_name,
        "incidentTitle" => &mut draft.title,
        "ruleDescription" | "incidentDescription" | "description" => &mut draft.description,
        "remediation" | "ruleRemediation" | "incidentRemediation" => &mut draft.remediation,
        "eventSeverity" => &mut draft.severity,
        "eventSeverityCat" => &mut draft.severity_word,
        "incidentStatus" => &mut draft.status,
        "customer" | "organization" | "phCustName" => &mut draft.organization,
        "phCustId" => &mut draft.organization_number,
        "phIncidentCategory" | "incidentCategory" => &mut draft.category,
        "phSubIncidentCategory" => &mut draft.sub_category,
        "attackTactic" | "mitreTactic" => &mut draft.tactics,
        "attackTechnique" | "attackTechniqueId" | "mitreTechniqueId" => &mut draft.techniques,
        "count" | "repeatCount" => &mut draft.occurrences,
        "deviceTime" | "displayTime" => &mut draft.event_time,
        "firstSeenTime" | "incidentFirstSeen" => &mut draft.first_seen,
        "lastSeenTime" | "incidentLastSeen" => &mut draft.last_seen,
        "incidentRptDevName" => &mut draft.device_name,
        "incidentRptIp" => &mut draft.device_address,
        "rawEvents" | "rawEventMsg" => &mut draft.raw_events,
        "srcIpAddr" => &mut draft.source_address,
        "destIpAddr" => &mut draft.destination_address,
        _ => return None,
    })
}

/// An `attr:value,` list, or the JSON object some relays make of it.
fn list(reading: &mut Reading<'_>, text: &str, name: &str) -> Vec<Entry> {
    let object = if text.trim_start().starts_with('{') { serde_json::from_str(text).ok() } else { None };
    let Some(serde_json::Value::Object(members)) = object else { return attribute_list(reading, text, name) };
    let text_of = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    members.iter().filter_map(|(key, value)| entry(reading, key, "", &text_of(value), name)).collect()
}

/// Keeps the fields without a place as details, once each. Zeros of JSON's bookkeeping (`incidentClearedTime`: 0) say
/// nothing.
pub(crate) fn keep_rest<'a>(
    reading: &mut Reading<'_>,
    draft: &mut Draft<'a>,
    rest: Vec<(&'a str, Cow<'a, str>)>,
) {
    for (name, text) in rest {
        if present(&text).is_none_or(|text| text == "0" && name.starts_with("incident")) {
            continue;
        }
        let Some(detail) = entry(reading, name, "", &text, name) else { continue };
        let mut known = draft.details.iter().chain(&draft.sources).chain(&draft.targets);
        if !known.any(|entry| entry.attribute == detail.attribute && entry.value == detail.value) {
            draft.details.push(detail);
        }
    }
}
