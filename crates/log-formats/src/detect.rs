//! What a text is written in, by its content alone.

use memchr::memmem;

use crate::event::Format;
use crate::{cef, fortigate, key_value};

/// What one reader reads; which format it is comes out with its fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    KeyValue,
    Cef,
    Leef,
    Snare,
    Xml,
    Json,
    Fortisiem,
    Unknown,
}

/// More than the rest of a syslog header takes, which may stand before the sender's own text.
const HEADER: usize = 200;

impl From<Format> for Family {
    fn from(format: Format) -> Self {
        match format {
            Format::FortigateKeyValue | Format::FortigateCsv | Format::KeyValue => Family::KeyValue,
            Format::FortigateCef | Format::Cef => Family::Cef,
            Format::Leef => Family::Leef,
            Format::Snare => Family::Snare,
            Format::EventXml => Family::Xml,
            Format::Fortisiem => Family::Fortisiem,
            Format::CibercaseAudit | Format::Unparsed => Family::Unknown,
            Format::FortigateJson
            | Format::NxlogJson
            | Format::Winlogbeat
            | Format::Wazuh
            | Format::EventJson
            | Format::Json => Family::Json,
        }
    }
}

/// The family of a text, and where it begins: at once, or behind what is left of a header.
pub(crate) fn family(text: &str) -> (Family, usize) {
    let start = text.len() - text.trim_start_matches([' ', '\t', '\r', '\n', ':', '\u{feff}']).len();
    let body = text.get(start..).unwrap_or_default();
    match body.as_bytes().first() {
        None => return (Family::Unknown, start),
        Some(b'{') => return (Family::Json, start),
        Some(b'<') => {
            if let Some(family) = xml(body) {
                return (family, start);
            }
        }
        Some(_) if key_value::begins(body) => return (Family::KeyValue, start),
        _ => {}
    }
    let families = [Family::Cef, Family::Leef, Family::Snare, Family::Xml, Family::Json];
    let found = families.into_iter().find_map(|family| Some((family, begin(body, family)?)));
    // Prose may hold a few `key=value` too, so a header's words may only stand before FortiGate's.
    let found = found.or_else(|| {
        let is_fortigate = fortigate::has_marks(body);
        begin(body, Family::KeyValue).filter(|_| is_fortigate).map(|at| (Family::KeyValue, at))
    });
    let found = found.filter(|(_, at)| is_header(body.get(..*at).unwrap_or_default()));
    if let Some((family, at)) = found {
        let is_incident = family == Family::Cef && cef::is_incident(body.get(at..).unwrap_or_default());
        return (if is_incident { Family::Fortisiem } else { family }, start + at);
    }
    (Family::Unknown, start)
}

/// Whether a text can be what is left of a header: times, numbers, and one name at most. A program's prose may quote what
/// somebody chose to be called: `Invalid user CEF:0|...` is not CEF.
fn is_header(text: &str) -> bool {
    let is_name = |word: &&str| {
        let has = |is: fn(&u8) -> bool| word.bytes().any(|byte| is(&byte));
        let is_dated =
            has(u8::is_ascii_digit) && (!has(u8::is_ascii_alphabetic) || word.contains([':', '.', '-']));
        let is_known = MONTHS_AND_DAYS.contains(word) || !has(u8::is_ascii_alphanumeric);
        !is_dated && !is_known
    };
    text.split_ascii_whitespace().filter(is_name).count() <= 1
}

const MONTHS_AND_DAYS: [&str; 19] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "Mon", "Tue", "Wed",
    "Thu", "Fri", "Sat", "Sun",
];

/// Where a text of a family begins, which the content or the source's setting tells.
pub(crate) fn begin(text: &str, family: Family) -> Option<usize> {
    let head = text.get(..text.floor_char_boundary(HEADER)).unwrap_or(text);
    match family {
        Family::Cef => cef::cef_start(text).or_else(|| text.starts_with("0|Fortinet|").then_some(0)),
        Family::Leef => memmem::find(head.as_bytes(), b"LEEF:"),
        Family::Snare => memmem::find(head.as_bytes(), b"MSWinEventLog\t"),
        Family::Xml => ["<Event ", "<Event>"].iter().filter_map(|begin| head.find(begin)).min(),
        Family::Json => ["{\"", "{ \""].iter().filter_map(|begin| head.find(begin)).min(),
        Family::KeyValue => key_value::first_pair(text),
        Family::Fortisiem | Family::Unknown => Some(0),
    }
}

fn xml(body: &str) -> Option<Family> {
    let head = body.get(..body.floor_char_boundary(HEADER)).unwrap_or(body);
    let mut inside = head;
    for (begin, end) in [("<?xml", "?>"), ("<!--", "-->")] {
        if let Some(rest) = inside.strip_prefix(begin) {
            inside = rest.split_once(end)?.1.trim_start();
        }
    }
    let is = |name: &str| {
        let behind = inside.strip_prefix('<').and_then(|rest| rest.strip_prefix(name));
        behind.is_some_and(|behind| behind.starts_with([' ', '>', '/', '\t', '\r', '\n']))
    };
    if is("Event") {
        return Some(Family::Xml);
    }
    let is_incident = is("incident") || is("incidents") || (is("event") && head.contains("phRuleIncident"));
    is_incident.then_some(Family::Fortisiem)
}
