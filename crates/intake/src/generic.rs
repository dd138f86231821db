//! The generic alert: plain JSON for senders that are no FortiSIEM. Documented in docs/api.md.

use std::net::IpAddr;
use std::ops::Range;

use fortisiem::{Position, Unreadable};
use serde::Deserialize;
use serde_json::value::RawValue;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use vocab::{Entry, Format, Notification, Problem, Severity, SourceState};

/// The most alerts of one delivery.
const MOST: usize = 10_000;
const TEXT_BYTES: usize = 64 * 1024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GenericAlert {
    title: String,
    /// The sender's own number of this alert: sending it again updates it.
    #[serde(default, alias = "incident_id")]
    external_id: Option<String>,
    #[serde(default)]
    rule_id: Option<String>,
    #[serde(default)]
    rule_name: Option<String>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    remediation: Option<String>,
    #[serde(default)]
    severity: Option<Severity>,
    #[serde(default)]
    state: SourceState,
    #[serde(default)]
    organization: Option<String>,
    #[serde(default)]
    category: Option<String>,
    #[serde(default)]
    tactics: Vec<String>,
    #[serde(default)]
    techniques: Vec<String>,
    #[serde(default)]
    source_ip: Option<String>,
    #[serde(default)]
    destination_ip: Option<String>,
    #[serde(default)]
    device: Option<String>,
    #[serde(default)]
    occurrences: Option<u64>,
    #[serde(default)]
    event_time: Option<String>,
    #[serde(default)]
    entities: Vec<Entity>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entity {
    role: Role,
    attribute: String,
    #[serde(default)]
    label: String,
    value: String,
}

#[derive(Deserialize, PartialEq, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Role {
    Source,
    Target,
    Detail,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wrapped<'a> {
    #[serde(borrow)]
    alerts: Vec<&'a RawValue>,
}

/// Reads one alert, a list of alerts, or `{"alerts": [...]}`; each element with its bytes' range.
pub fn read(body: &[u8]) -> Result<fortisiem::Delivery, Unreadable> {
    let mut ruler = Ruler::new(body);
    let text = std::str::from_utf8(body).map_err(|error| {
        unreadable("not_utf8", "the body is not UTF-8", &mut ruler, error.valid_up_to(), "")
    })?;
    let elements = if text.trim_start().starts_with('[') {
        serde_json::from_str::<Vec<&RawValue>>(text).map_err(|error| malformed(text, &mut ruler, &error))?
    } else if let Some(wrapped) = wrapped(text, &mut ruler)? {
        wrapped.alerts
    } else {
        let reading = read_one(text, &mut ruler, 0);
        let range = 0..body.len();
        return reading.map(|alert| fortisiem::Delivery {
            is_list: false,
            elements: vec![fortisiem::Element { raw: range, reading: Ok(alert) }],
        });
    };
    if elements.len() > MOST {
        let message = "there are more than 10,000 alerts in one delivery";
        return Err(unreadable("too_large", message, &mut ruler, 0, ""));
    }
    let elements = elements.into_iter().map(|raw| {
        let range = range_of(text, raw.get());
        fortisiem::Element { reading: read_one(raw.get(), &mut ruler, range.start), raw: range }
    });
    Ok(fortisiem::Delivery { is_list: true, elements: elements.collect() })
}

/// The list within `{"alerts": [...]}`; none for another object.
fn wrapped<'a>(text: &'a str, ruler: &mut Ruler) -> Result<Option<Wrapped<'a>>, Unreadable> {
    match serde_json::from_str::<Wrapped>(text) {
        Ok(wrapped) => Ok(Some(wrapped)),
        Err(error) if error.is_data() => Ok(None),
        Err(error) => Err(malformed(text, ruler, &error)),
    }
}

/// Where `part`, a slice of `whole`, stands in it.
fn range_of(whole: &str, part: &str) -> Range<usize> {
    let start = (part.as_ptr() as usize).saturating_sub(whole.as_ptr() as usize).min(whole.len());
    start..(start + part.len()).min(whole.len())
}

fn read_one(text: &str, ruler: &mut Ruler, start: usize) -> Result<Notification, Unreadable> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let alert: GenericAlert = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.inner();
        let code = if inner.is_data() { "invalid_alert" } else { "json_malformed" };
        let offset = start + offset_of(text, inner.line(), inner.column());
        let message = inner.to_string();
        let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
        unreadable(code, message, ruler, offset, if path == "." { "" } else { &path })
    })?;
    reader.end().map_err(|error| malformed(text, ruler, &error))?;
    notification(alert).map_err(|(path, message)| unreadable("invalid_alert", &message, ruler, start, path))
}

fn notification(alert: GenericAlert) -> Result<Notification, (&'static str, String)> {
    let mut problems = Vec::new();
    let title = bounded("title", &alert.title)?;
    if title.trim().is_empty() {
        return Err(("title", "is empty".to_owned()));
    }
    let source_ip = address("source_ip", alert.source_ip.as_deref(), &mut problems);
    let destination_ip = address("destination_ip", alert.destination_ip.as_deref(), &mut problems);
    let rule_id = match known(alert.rule_id.or_else(|| alert.rule_name.clone())) {
        Some(rule) => bounded("rule_id", &rule)?,
        None => title.clone(),
    };
    let event_time = alert.event_time.as_deref().and_then(|text| {
        let read = OffsetDateTime::parse(text, &Rfc3339).ok();
        if read.is_none() {
            problems.push(Problem { path: "event_time".to_owned(), message: "is not RFC 3339".to_owned() });
        }
        read
    });
    let entries = |role: Role| {
        let of_role = alert.entities.iter().filter(move |entity| entity.role == role);
        of_role.map(|entity| Entry {
            attribute: visible(&entity.attribute),
            label: visible(&entity.label),
            value: visible(&entity.value),
            note: None,
        })
    };
    let with_address = |role: Role, attribute: &str, ip: Option<IpAddr>| {
        let mut list = entries(role).collect::<Vec<_>>();
        if let Some(ip) = ip.filter(|_| list.is_empty()) {
            list.push(Entry {
                attribute: attribute.to_owned(),
                label: String::new(),
                value: ip.to_string(),
                note: None,
            });
        }
        list
    };
    let visible_list = |list: &[String]| list.iter().take(50).map(|text| visible(text)).collect::<Vec<_>>();
    Ok(Notification {
        format: Format::GenericJson,
        incident_id: known(alert.external_id)
            .map(|id| id.trim().to_owned())
            .filter(|id| id.chars().any(|character| character != '0'))
            .map(|id| bounded("external_id", &id))
            .transpose()?,
        rule_name: known(alert.rule_name).map_or_else(|| rule_id.clone(), |name| visible(&name)),
        rule_id,
        title,
        description: known(alert.description).map(|text| visible(&text)),
        remediation: known(alert.remediation).map(|text| visible(&text)),
        severity: alert.severity.unwrap_or(Severity::Medium),
        severity_text: alert.severity.map(|severity| severity.to_string()),
        state: alert.state,
        organization: known(alert.organization).map(|text| visible(&text)),
        organization_number: None,
        category: known(alert.category).map(|text| visible(&text)),
        tactics: visible_list(&alert.tactics),
        techniques: visible_list(&alert.techniques),
        source_ip,
        destination_ip,
        sources: with_address(Role::Source, "srcIpAddr", source_ip),
        targets: with_address(Role::Target, "destIpAddr", destination_ip),
        details: entries(Role::Detail).collect(),
        occurrences: alert.occurrences.unwrap_or(1).max(1),
        event_time,
        event_time_text: alert.event_time.map(|text| visible(&text)),
        first_seen: None,
        last_seen: event_time,
        device: known(alert.device).map(|text| visible(&text)),
        raw_events: Vec::new(),
        problems,
    })
}

fn known(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}

fn bounded(path: &'static str, text: &str) -> Result<String, (&'static str, String)> {
    if text.len() > 1000 {
        return Err((path, "has more than 1000 bytes".to_owned()));
    }
    Ok(visible(text))
}

/// Text that PostgreSQL and a screen can hold: control characters but line breaks and tabs become visible pictures.
fn visible(text: &str) -> String {
    let picture = |character: char| match character {
        '\n' | '\t' => character,
        '\r' => ' ',
        '\u{0}'..='\u{1f}' => char::from_u32(0x2400 + character as u32).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        other => other,
    };
    let mut end = text.len().min(TEXT_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].chars().map(picture).collect()
}

fn address(path: &str, text: Option<&str>, problems: &mut Vec<Problem>) -> Option<IpAddr> {
    let text = text?.trim();
    match text.parse::<IpAddr>() {
        Ok(ip) => Some(ip.to_canonical()),
        Err(_) => {
            let message = format!("{:?} is not an address", text.chars().take(60).collect::<String>());
            problems.push(Problem { path: path.to_owned(), message });
            None
        }
    }
}

fn malformed(text: &str, ruler: &mut Ruler, error: &serde_json::Error) -> Unreadable {
    let offset = offset_of(text, error.line(), error.column());
    let message = error.to_string();
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
    unreadable("json_malformed", message, ruler, offset, "")
}

/// The byte of a line and column, both from 1, as serde_json counts them.
fn offset_of(text: &str, line: usize, column: usize) -> usize {
    let lines = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum::<usize>();
    (lines + column.saturating_sub(1)).min(text.len())
}

/// Tells lines and columns, going on from where it was last asked: a list of bad elements is walked once, not once for
/// each of them.
struct Ruler<'a> {
    body: &'a [u8],
    byte: usize,
    line: usize,
    column: usize,
}

impl<'a> Ruler<'a> {
    fn new(body: &'a [u8]) -> Self {
        Self { body, byte: 0, line: 1, column: 1 }
    }

    fn at(&mut self, byte: usize) -> (usize, usize) {
        if byte < self.byte {
            *self = Self::new(self.body);
        }
        let byte = byte.min(self.body.len());
        for passed in self.body.get(self.byte..byte).unwrap_or_default() {
            (self.line, self.column) =
                if *passed == b'\n' { (self.line + 1, 1) } else { (self.line, self.column + 1) };
        }
        self.byte = byte;
        (self.line, self.column)
    }
}

fn unreadable(code: &'static str, message: &str, ruler: &mut Ruler, byte: usize, path: &str) -> Unreadable {
    let (line, column) = ruler.at(byte);
    Unreadable {
        code,
        message: message.to_owned(),
        position: Position { byte, line, column, path: path.to_owned() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str) -> Result<Vec<Result<Notification, Unreadable>>, Unreadable> {
        read(body.as_bytes())
            .map(|delivery| delivery.elements.into_iter().map(|element| element.reading).collect())
    }

    #[test]
    fn one_alert_needs_no_more_than_a_title() {
        let alerts = check(r#"{"title":"Port scan"}"#);
        let alert = alerts.map(|mut list| list.remove(0));
        assert!(matches!(alert, Ok(Ok(alert)) if alert.title == "Port scan" && alert.rule_id == "Port scan"));
    }

    #[test]
    fn an_unknown_field_is_refused_with_its_place() {
        let error = check("{\"title\":\"x\",\n\"sevrity\":\"high\"}").map(|_| ());
        assert!(
            matches!(&error, Err(error) if error.code == "invalid_alert" && error.position.line == 2),
            "{error:?}"
        );
    }

    #[test]
    fn a_bad_element_does_not_sink_its_neighbours() {
        let body = r#"[{"title":"a"}, {"titel":"b"}, {"title":"c","source_ip":"192.0.2.300"}]"#;
        let alerts = check(body);
        assert!(
            matches!(alerts.as_deref(), Ok([Ok(_), Err(_), Ok(last)]) if last.problems.len() == 1),
            "{alerts:?}"
        );
    }

    #[test]
    fn every_bad_element_has_its_own_line_and_column() {
        let alerts = check("[\n{\"titel\":\"a\"},\n\n {\"title\":\"\"}, {\"title\":\"\"}]");
        let places = alerts.map(|list| {
            let errors = list.into_iter().filter_map(Result::err);
            errors.map(|error| (error.position.line, error.position.column)).collect::<Vec<_>>()
        });
        assert_eq!(places.ok(), Some(vec![(2, 8), (4, 2), (4, 16)]));
    }

    #[test]
    fn every_element_knows_its_own_bytes() {
        let body = r#" [ {"title":"a"} , {"title":"b"} ] "#;
        let ranges = read(body.as_bytes()).map(|delivery| {
            delivery.elements.into_iter().map(|element| body[element.raw].to_owned()).collect::<Vec<_>>()
        });
        assert_eq!(ranges.ok(), Some(vec![r#"{"title":"a"}"#.to_owned(), r#"{"title":"b"}"#.to_owned()]));
    }

    #[test]
    fn control_characters_become_visible() {
        let alerts = check("{\"title\":\"a\\u0000b\"}");
        assert!(matches!(alerts.as_deref(), Ok([Ok(alert)]) if alert.title == "a\u{2400}b"));
    }
}
