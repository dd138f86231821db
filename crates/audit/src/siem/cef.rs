//! A record in ArcSight's Common Event Format.

use std::fmt::Write;

use time::OffsetDateTime;

use super::line::millis;
use crate::record::Record;

pub fn event(record: &Record, index: u64, at: OffsetDateTime) -> String {
    let severity = match record.action.as_str() {
        "session.refused" => 5,
        "session.refresh_token_reused" => 8,
        _ => 3,
    };
    let action = header(&record.action);
    let mut event =
        format!("CEF:0|CiberCase|CiberCase|{}|{action}|{action}|{severity}|", env!("CARGO_PKG_VERSION"));
    let id = |id: Option<uuid::Uuid>| id.map(|id| id.to_string());
    let fields = [
        ("rt", Some(millis(at).to_string())),
        ("externalId", Some(record.id.to_string())),
        ("act", Some(record.action.clone())),
        ("suser", Some(record.actor_name.clone())),
        ("suid", id(record.actor_id)),
        ("sourceServiceName", Some(record.actor_kind.clone()).filter(|kind| kind != "user")),
        (
            if record.ip.is_some_and(|ip| ip.addr().is_ipv6()) { "c6a2" } else { "src" },
            record.ip.map(|ip| ip.addr().to_string()),
        ),
        ("cn1Label", Some("leafIndex".to_owned())),
        ("cn1", Some(index.to_string())),
        ("cs1Label", Some("objectKind".to_owned())),
        ("cs1", Some(record.object_kind.clone())),
        ("cs2Label", record.object_id.map(|_| "objectId".to_owned())),
        ("cs2", id(record.object_id)),
        ("cs3Label", record.object_reference.as_ref().map(|_| "objectReference".to_owned())),
        ("cs3", record.object_reference.clone()),
        ("cs4Label", record.organization_id.map(|_| "organizationId".to_owned())),
        ("cs4", id(record.organization_id)),
        ("cs5Label", record.request_id.map(|_| "requestId".to_owned())),
        ("cs5", id(record.request_id)),
        ("msg", record.detail.as_ref().map(|detail| detail.get().to_owned())),
    ];
    let known = fields.into_iter().filter_map(|(name, value)| Some((name, value?)));
    for (number, (name, value)) in known.enumerate() {
        let space = if number == 0 { "" } else { " " };
        let _ = write!(event, "{space}{name}={}", extension(&value));
    }
    event
}

/// Of the header: a pipe and a backslash are escaped, and there is one line.
fn header(text: &str) -> String {
    one_line(text, " ").replace('\\', "\\\\").replace('|', "\\|")
}

/// Of the extension: a backslash and an equals sign are escaped, and line ends.
fn extension(text: &str) -> String {
    one_line(&text.replace('\\', "\\\\").replace('=', "\\="), "\\n")
}

/// Line ends as `end`; other control characters are spaces.
fn one_line(text: &str, end: &str) -> String {
    let text = text.replace("\r\n", "\n").replace(['\n', '\r'], "\u{0}");
    text.chars()
        .map(|c| if c == '\u{0}' || !c.is_control() { c } else { ' ' })
        .collect::<String>()
        .replace('\u{0}', end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_separates_is_escaped_and_a_record_is_one_line() {
        assert_eq!(header("a|b\\c\nd"), "a\\|b\\\\c d");
        assert_eq!(extension("a=b\\c|d\r\ne\tf\u{7}"), "a\\=b\\\\c|d\\ne f ");
    }
}
