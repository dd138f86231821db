//! The `<incident>` document of a notification policy.

use std::borrow::Cow;

use vocab::{Entry, Format, Notification};

use crate::draft::Draft;
use crate::entries::{attribute_list, entry};
use crate::reading::{Reading, present};
use crate::xml::{Node, Tree, children_of};

/// `None` where it names no rule.
pub(crate) fn incident(tree: &Tree<'_>, mut reading: Reading<'_>) -> Option<Notification> {
    let reading_ref = &mut reading;
    let mut draft = Draft::default();
    for (name, value) in tree.root().into_iter().flat_map(|root| tree.attributes(root)) {
        attribute(reading_ref, &mut draft, name, value.clone());
    }
    for (node, below) in tree.children() {
        child(reading_ref, &mut draft, tree, node, below);
    }
    draft.finish(reading, Format::FortisiemXml)
}

fn attribute<'a>(reading: &mut Reading<'_>, draft: &mut Draft<'a>, name: &str, value: Cow<'a, str>) {
    let (slot, name) = match name {
        "incidentId" => (&mut draft.incident_id, "@incidentId"),
        "ruleType" => (&mut draft.rule_id, "@ruleType"),
        "severity" => (&mut draft.severity, "@severity"),
        "repeatCount" => (&mut draft.occurrences, "@repeatCount"),
        "organization" => (&mut draft.organization, "@organization"),
        "status" => (&mut draft.status, "@status"),
        _ => return,
    };
    Draft::fill(reading, slot, name, value);
}

fn child<'a>(
    reading: &mut Reading<'_>,
    draft: &mut Draft<'a>,
    tree: &Tree<'a>,
    node: &Node<'a>,
    below: &[Node<'a>],
) {
    let slot = match node.name {
        "name" => &mut draft.rule_name,
        "description" => &mut draft.description,
        "remediation" => &mut draft.remediation,
        "displayTime" => &mut draft.event_time,
        "incidentCategory" => &mut draft.category,
        "mitreTactic" => &mut draft.tactics,
        "mitreTechniqueId" => &mut draft.techniques,
        "rawEvents" => &mut draft.raw_events,
        "incidentSource" => return draft.sources.extend(entries(reading, tree, node, below)),
        "incidentTarget" => return draft.targets.extend(entries(reading, tree, node, below)),
        "incidentDetails" => return draft.details.extend(entries(reading, tree, node, below)),
        // What has no place of its own (`affectedBizSrvc`, `policyID`, what later versions add) is a detail.
        name => return draft.details.extend(entry(reading, name, "", &tree.text(node, below), name)),
    };
    Draft::fill(reading, slot, node.name, tree.text(node, below));
}

/// The entries of a side. The vendor's schema says plain text; so a text without entries is read as a list.
fn entries(reading: &mut Reading<'_>, tree: &Tree<'_>, side: &Node<'_>, below: &[Node<'_>]) -> Vec<Entry> {
    let mut entries = Vec::with_capacity(4);
    for (node, below) in children_of(below, side.depth + 1) {
        let text = tree.text(node, below);
        if node.name != "entry" {
            entries.extend(entry(reading, node.name, "", &text, side.name));
            continue;
        }
        let attribute = |name| tree.attribute(node, name).map_or("", |value| value.as_ref());
        entries.extend(entry(reading, attribute("attribute"), attribute("name"), &text, side.name));
    }
    if entries.is_empty() && present(&side.text).is_some() {
        entries = attribute_list(reading, &side.text, side.name);
    }
    entries
}
