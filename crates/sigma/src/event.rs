//! An event as rules see it, without a copy.

use std::borrow::Cow;

use log_formats::{Event, Format};
use rsigma_eval::EventValue;
use serde_json::{Value, json};

/// The name by which correlations tell tenants apart. No sender can write it.
pub const TENANT: &str = "\u{1}tenant";

/// An index over so many fields is asked field by field; a larger one is asked by what the event has.
const FEW_FIELDS: usize = 12;

pub struct Native<'a> {
    pub event: &'a Event<'a>,
    pub tenant: &'a str,
    pub id: &'a str,
    /// How many fields the rules that are asked look at.
    pub asked_fields: usize,
}

/// What auditing of process creation calls otherwise than Sysmon, whose names the rules use.
const OF_4688: &[(&str, &str)] = &[
    ("Image", "NewProcessName"),
    ("ParentImage", "ParentProcessName"),
    ("User", "SubjectUserName"),
    ("LogonId", "SubjectLogonId"),
    ("IntegrityLevel", "MandatoryLabel"),
];

impl Native<'_> {
    fn is_of_defender(&self) -> bool {
        self.event.product.as_deref() == Some("Microsoft-Windows-Windows Defender")
    }

    /// Defender writes its names with spaces (`Threat Name`), the rules without.
    fn of_defender(&self, name: &str) -> Option<&str> {
        let mut fields = self.event.fields.iter().filter(|_| self.is_of_defender());
        let field = fields.find(|field| field.name.bytes().filter(|byte| *byte != b' ').eq(name.bytes()))?;
        Some(&field.value)
    }

    fn of_process(&self, name: &str) -> Option<&str> {
        if self.event.event_code.as_deref() != Some("4688") {
            return None;
        }
        let (_, theirs) = OF_4688.iter().find(|(ours, _)| *ours == name)?;
        self.event.get(theirs)
    }
}

fn column<'a>(event: &'a Event<'_>, name: &str) -> Option<Cow<'a, str>> {
    match name {
        "source_ip" => event.source_ip.map(|ip| Cow::Owned(ip.to_string())),
        "destination_ip" => event.destination_ip.map(|ip| Cow::Owned(ip.to_string())),
        "source_port" => event.source_port.map(|port| Cow::Owned(port.to_string())),
        "destination_port" => event.destination_port.map(|port| Cow::Owned(port.to_string())),
        "user" => event.user.as_deref().map(Cow::Borrowed),
        "host" => event.host.as_deref().map(Cow::Borrowed),
        "action" => event.action.as_deref().map(Cow::Borrowed),
        "rule_name" => event.rule_name.as_deref().map(Cow::Borrowed),
        "event_code" => event.event_code.as_deref().map(Cow::Borrowed),
        "device" => event.device.as_deref().map(Cow::Borrowed),
        "product" => event.product.as_deref().map(Cow::Borrowed),
        "vendor" => event.vendor.as_deref().map(Cow::Borrowed),
        "message" => event.message.as_deref().map(Cow::Borrowed),
        _ => None,
    }
}

impl rsigma_eval::Event for Native<'_> {
    fn get_field(&self, path: &str) -> Option<EventValue<'_>> {
        let other = || match path {
            TENANT => Some(Cow::Borrowed(self.tenant)),
            _ => self.of_process(path).or_else(|| self.of_defender(path)).map(Cow::Borrowed),
        };
        value(self.event, path).or_else(other).map(EventValue::Str)
    }

    fn any_string_value(&self, matches: &dyn Fn(&str) -> bool) -> bool {
        self.event.fields.iter().any(|field| matches(&field.value)) || self.text_alone().is_some_and(matches)
    }

    fn all_string_values(&self) -> Vec<Cow<'_, str>> {
        let values = self.event.fields.iter().map(|field| Cow::Borrowed(&*field.value));
        values.chain(self.text_alone().map(Cow::Borrowed)).collect()
    }

    fn visit_string_values(&self, visit: &mut dyn FnMut(&str)) {
        self.event.fields.iter().for_each(|field| visit(&field.value));
        if let Some(text) = self.text_alone() {
            visit(text);
        }
    }

    /// What a correlation remembers of an event: which one it was.
    fn to_json(&self) -> Value {
        json!({ "id": self.id })
    }

    fn visit_top_level_keys(&self, visit: &mut dyn FnMut(&str)) -> bool {
        if self.asked_fields <= FEW_FIELDS {
            return false;
        }
        self.event.fields.iter().for_each(|field| visit(&field.name));
        if self.is_of_defender() {
            self.event.fields.iter().for_each(|field| visit(&field.name.replace(' ', "")));
        }
        for column in COLUMNS.iter().chain(OF_4688.iter().map(|(ours, _)| ours)) {
            visit(column);
        }
        true
    }
}

/// The columns that rules may name.
const COLUMNS: &[&str] = &[
    "source_ip",
    "destination_ip",
    "source_port",
    "destination_port",
    "user",
    "host",
    "action",
    "rule_name",
    "event_code",
    "device",
    "product",
    "vendor",
    "message",
];

impl Native<'_> {
    /// The text of what could not be read, for rules that look for words.
    fn text_alone(&self) -> Option<&str> {
        self.event.message.as_deref().filter(|_| self.event.format == Format::Unparsed)
    }
}

/// What a rule would find under a field's name.
pub fn value<'a>(event: &'a Event<'_>, field: &str) -> Option<Cow<'a, str>> {
    let native = event.get(field).map(Cow::Borrowed);
    native.or_else(|| column(event, field))
}
