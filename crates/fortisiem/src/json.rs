//! Incidents of the REST interface: one object, an array, or the interface's own page (`{"data": [...]}`).

use std::borrow::Cow;
use std::ops::Range;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use time::UtcOffset;
use vocab::{Format, Notification};

use crate::draft::Draft;
use crate::event::{field, keep_rest};
use crate::limits::Limits;
use crate::reading::Reading;
use crate::source::Source;
use crate::unreadable::{Unreadable, code};
use crate::{Delivery, Element};

/// What tells an incident of FortiSIEM from another product's JSON: names that nobody else uses.
const OUR_NAMES: [&str; 11] = [
    "incidentDetail",
    "incidentFirstSeen",
    "incidentLastSeen",
    "incidentReso",
    "incidentRptDevName",
    "incidentRptIp",
    "incidentSrc",
    "incidentTarget",
    "incidentTitle",
    "phIncidentCategory",
    "phSubIncidentCategory",
];

/// What stands beside the incidents on a page of the interface.
const PAGE_NAMES: [&str; 9] =
    ["data", "incidents", "pages", "queryId", "size", "sizePerPage", "start", "status", "total"];

/// The members of an object in their order, duplicates included; a borrowed key costs nothing.
struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Members<'de>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::with_capacity(32);
                while let Some((Text(key), value)) = map.next_entry::<Text<'de>, &'de RawValue>()? {
                    members.push((key, value));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}

/// A string, borrowed where it holds no escape.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

struct Items<'a>(Vec<&'a RawValue>);

impl<'de> Deserialize<'de> for Items<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Items<'de>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an array")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = sequence.next_element::<&'de RawValue>()? {
                    items.push(item);
                }
                Ok(Items(items))
            }
        }
        deserializer.deserialize_seq(Collect)
    }
}

struct Json<'s, 'a> {
    source: &'s Source<'a>,
    limits: &'s Limits,
    zone: Option<UtcOffset>,
}

/// Well-formed JSON without an incident of FortiSIEM is `unknown_shape`: the caller may know another reader for it.
pub(crate) fn read_json(
    source: &Source<'_>,
    limits: &Limits,
    zone: Option<UtcOffset>,
) -> Result<Delivery, Unreadable> {
    let json = Json { source, limits, zone };
    json.check_depth()?;
    let text = source.text.trim_matches(crate::is_padding);
    if text.starts_with('[') {
        let Items(items) = serde_json::from_str(text).map_err(|error| json.malformed(text, &error))?;
        return json.list(&items, "");
    }
    let members: Members<'_> = serde_json::from_str(text).map_err(|error| json.malformed(text, &error))?;
    if is_ours(&members) {
        let raw = 0..source.body_offset(source.text.len());
        let reading = Ok(json.incident(&members, "", text)?);
        return Ok(Delivery { is_list: false, elements: vec![Element { raw, reading }] });
    }
    let list = members
        .0
        .iter()
        .find(|(name, value)| matches!(name.as_ref(), "data" | "incidents") && value.get().starts_with('['));
    let Some((name, list)) = list else { return Err(json.unknown()) };
    let Items(items) =
        serde_json::from_str(list.get()).map_err(|error| json.malformed(list.get(), &error))?;
    let is_page = || members.0.iter().all(|(name, _)| PAGE_NAMES.contains(&name.as_ref()));
    if items.is_empty() && is_page() {
        return Ok(Delivery { is_list: true, elements: Vec::new() });
    }
    json.list(&items, name)
}

impl Json<'_, '_> {
    /// Elements that no incident of FortiSIEM is among are not FortiSIEM's at all.
    fn list(&self, items: &[&RawValue], name: &str) -> Result<Delivery, Unreadable> {
        if items.len() > self.limits.elements {
            return Err(self.refuse(code::TOO_MANY_ELEMENTS, "the list has too many incidents", 0, name));
        }
        let mut is_any_ours = false;
        let mut elements = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let (raw, path) = (self.range_of(item.get()), format!("{name}[{index}]"));
            let reading = self.item(item.get(), &path, &mut is_any_ours);
            elements.push(Element { raw: self.source.raw(&raw), reading });
        }
        if is_any_ours { Ok(Delivery { is_list: true, elements }) } else { Err(self.unknown()) }
    }

    fn item(&self, item: &str, path: &str, is_any_ours: &mut bool) -> Result<Notification, Unreadable> {
        let start = self.range_of(item).start;
        if !item.starts_with('{') {
            return Err(self.refuse(code::NOT_AN_INCIDENT, "not an object", start, path));
        }
        let members: Members<'_> =
            serde_json::from_str(item).map_err(|error| self.malformed(item, &error))?;
        if !is_ours(&members) {
            return Err(self.refuse(code::NOT_AN_INCIDENT, "not an incident of FortiSIEM", start, path));
        }
        *is_any_ours = true;
        self.incident(&members, path, item)
    }

    fn incident(&self, members: &Members<'_>, path: &str, item: &str) -> Result<Notification, Unreadable> {
        let start = self.range_of(item).start;
        if members.0.len() > self.limits.members {
            return Err(self.refuse(
                code::TOO_MANY_MEMBERS,
                "the incident has too many members",
                start,
                path,
            ));
        }
        let prefix = if path.is_empty() { String::new() } else { format!("{path}.") };
        let mut reading = Reading::new(self.limits, self.zone, prefix);
        let mut draft = Draft::default();
        let mut rest = Vec::new();
        for (name, value) in &members.0 {
            let text = text_of(value).map_err(|error| self.malformed(value.get(), &error))?;
            rest.extend(field(&mut reading, &mut draft, name, text));
        }
        keep_rest(&mut reading, &mut draft, rest);
        draft.finish(reading, Format::FortisiemJson).ok_or_else(|| {
            self.refuse(code::NOT_AN_INCIDENT, "neither a rule's id nor a rule's name is in it", start, path)
        })
    }

    /// Refuses nesting beyond the limit before any parser sees it.
    fn check_depth(&self) -> Result<(), Unreadable> {
        let (mut depth, mut is_text, mut is_escaped) = (0usize, false, false);
        for (offset, byte) in self.source.text.bytes().enumerate() {
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' if is_text => is_escaped = true,
                b'"' => is_text = !is_text,
                b'{' | b'[' if !is_text => {
                    depth += 1;
                    if depth > self.limits.depth {
                        return Err(self.refuse(
                            code::TOO_DEEP,
                            "objects and arrays nest too deep",
                            offset,
                            "",
                        ));
                    }
                }
                b'}' | b']' if !is_text => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        Ok(())
    }

    /// Where a slice of the source's text stands in it.
    fn range_of(&self, part: &str) -> Range<usize> {
        let start = part.as_ptr().addr().saturating_sub(self.source.text.as_ptr().addr());
        let start = start.min(self.source.text.len());
        start..(start + part.len()).min(self.source.text.len())
    }

    fn malformed(&self, part: &str, error: &serde_json::Error) -> Unreadable {
        let lines = part.split_inclusive('\n').take(error.line().saturating_sub(1));
        let within = lines.map(str::len).sum::<usize>() + error.column().saturating_sub(1);
        let offset = self.range_of(part).start + within.min(part.len());
        let offset = self.source.text.floor_char_boundary(offset);
        let message = match error.classify() {
            serde_json::error::Category::Eof => "the JSON ends too early",
            serde_json::error::Category::Data => "the JSON is not of the expected kind",
            _ => "the JSON is not well-formed",
        };
        self.refuse(code::JSON_MALFORMED, message, offset, "")
    }

    fn unknown(&self) -> Unreadable {
        self.refuse(code::UNKNOWN_SHAPE, "the JSON is no incident of FortiSIEM", 0, "")
    }

    fn refuse(&self, code: &'static str, message: &str, offset: usize, path: &str) -> Unreadable {
        self.source.unreadable(code, message, offset, path)
    }
}

fn is_ours(members: &Members<'_>) -> bool {
    members.0.iter().any(|(name, value)| match name.as_ref() {
        "eventType" => value.get().starts_with("\"PH_RULE_"),
        name => OUR_NAMES.contains(&name),
    })
}

/// A string's text; of anything else the JSON as written (`7`, `null`, `["T1046"]`).
fn text_of<'a>(value: &'a RawValue) -> Result<Cow<'a, str>, serde_json::Error> {
    let json = value.get();
    if json.starts_with('"') {
        serde_json::from_str(json).map(|Text(text)| text)
    } else {
        Ok(Cow::Borrowed(json))
    }
}
