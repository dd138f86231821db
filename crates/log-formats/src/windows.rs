//! A Windows event's fields to flat columns, however they came. The data of an event are never taken from its message
//! where it has them as fields: messages are in the language of the machine.

use std::borrow::Cow;

use crate::address::address_and_port;
use crate::columns::Columns;
use crate::event::{Context, Event, Format, Severity};
use crate::message_labels;
use crate::text::is_present;
use crate::times;
use crate::windows_names::{KEYS, Key};

const SOURCE_IPS: [Key; 6] =
    [Key::IpAddress, Key::SourceAddress, Key::ClientAddress, Key::SourceIp, Key::ClientIp, Key::EcsSourceIp];

pub(crate) fn map(event: &mut Event<'_>, context: &Context) {
    use Key::*;
    message_labels::fill(event);
    let mut columns = Columns::new(event, &KEYS);
    columns.event.time = time(&mut columns, context);
    let (source_ip, port_behind) = source(&mut columns);
    let source_port = columns.port(&[IpPort, SourcePort, ClientPort, EcsSourcePort]);
    columns.event.source_ip = source_ip;
    columns.event.source_port = source_port.or(port_behind);
    columns.event.destination_ip = columns.address(&[DestAddress, DestinationIp, EcsDestinationIp]);
    columns.event.destination_port = columns.port(&[DestPort, DestinationPort, EcsDestinationPort]);
    columns.event.user = user(&mut columns);
    columns.event.host = columns.text(&[EcsHost, Computer, HostName, HostUpper, EcsHostName]);
    columns.event.device = columns.event.host.clone();
    columns.event.action = outcome(&columns).map(Cow::Borrowed);
    columns.event.severity = severity(&columns);
    columns.event.rule_name = columns.unmarked(&[Threat, RuleName]);
    columns.event.event_code = columns.text(&[EventId, EventCode]);
    columns.event.product = columns.text(&[Provider, Source, EcsProvider]);
    columns.event.vendor = Some(Cow::Borrowed("Microsoft"));
    columns.event.message = columns.text(&[Message, EcsMessage]);
}

/// The address that the event came from; some events have its port behind it (`ClientAddress=192.0.2.1:41760`).
fn source(columns: &mut Columns<'_, '_, Key>) -> (Option<std::net::IpAddr>, Option<u16>) {
    // A sign-in at the machine itself says `LOCAL`, which is no odd address.
    let found = SOURCE_IPS.into_iter().find_map(|key| {
        let (address, port) = address_and_port(columns.peek(key)?);
        Some((key, address?, port))
    });
    match found {
        Some((key, address, port)) => {
            columns.text(&[key]);
            (Some(address), port)
        }
        None => (None, None),
    }
}

/// Who it is about: the target of a sign-in or of a change, else who did it. `DOMAIN\name` is the name.
fn user<'a>(columns: &mut Columns<'_, 'a, Key>) -> Option<Cow<'a, str>> {
    use Key::*;
    let keys = [TargetUser, SubjectUser, User, DetectionUser, AccountName, EcsUser];
    columns.text(&keys).map(|user| match user {
        Cow::Borrowed(user) => Cow::Borrowed(behind_domain(user)),
        Cow::Owned(user) => Cow::Owned(behind_domain(&user).to_owned()),
    })
}

fn behind_domain(user: &str) -> &str {
    user.rsplit_once('\\').map_or(user, |(_, name)| name)
}

/// The event's own time if it names its zone, else the time its sender wrote.
fn time(columns: &mut Columns<'_, '_, Key>, context: &Context) -> Option<time::OffsetDateTime> {
    use Key::*;
    columns.moment(&[SystemTime, TimeCreated, EcsTime, UtcTime, EventTime, SnareTime], |key, text| {
        // Windows' own times and Sysmon's are in UTC, written or not.
        let is_utc = matches!(key, SystemTime | TimeCreated | UtcTime);
        let zone = if is_utc { Some(time::UtcOffset::UTC) } else { context.zone };
        times::moment(text, &Context { zone, ..*context })
    })
}

/// Bits of `Keywords` (Microsoft, `winmeta.h`): audit failure and audit success.
const AUDIT_FAILURE: u64 = 0x0010_0000_0000_0000;
const AUDIT_SUCCESS: u64 = 0x0020_0000_0000_0000;

fn outcome(columns: &Columns<'_, '_, Key>) -> Option<&'static str> {
    let words = [Key::EcsOutcome, Key::EventType, Key::Keywords];
    for text in words.into_iter().filter_map(|key| columns.peek(key)) {
        let bits = keywords(text);
        // `failure`, `AUDIT_FAILURE`, `Audit Failure`, Snare's `Failure Audit`.
        let lower = text.to_ascii_lowercase();
        if let Some(outcome) = ["failure", "success"].into_iter().find(|outcome| lower.contains(outcome)) {
            return Some(outcome);
        }
        match bits.map(|bits| (bits & AUDIT_FAILURE != 0, bits & AUDIT_SUCCESS != 0)) {
            Some((true, _)) => return Some("failure"),
            Some((_, true)) => return Some("success"),
            _ => {}
        }
    }
    None
}

/// Hexadecimal in XML, a negative number in NXLog's JSON.
fn keywords(text: &str) -> Option<u64> {
    match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse::<i64>().ok().map(i64::cast_unsigned).or_else(|| text.parse().ok()),
    }
}

/// `Level` 1 to 5 or its name. A failed audit is level 0 as a good one is, and counts a step more.
fn severity(columns: &Columns<'_, '_, Key>) -> Severity {
    let level = [Key::Level, Key::EcsLevel, Key::Severity, Key::EventType]
        .into_iter()
        .find_map(|key| columns.peek(key));
    let by_level = match level.unwrap_or_default().to_ascii_lowercase().as_str() {
        "1" | "critical" => Severity::High,
        "2" | "error" => Severity::Medium,
        "3" | "warning" => Severity::Low,
        "" => Severity::Unknown,
        _ => Severity::Informational,
    };
    match outcome(columns) {
        Some("failure") => by_level.max(Severity::Low),
        Some(_) => by_level.max(Severity::Informational),
        None => by_level,
    }
}

/// Whether the event has data of its own, and its message is only for people.
pub(crate) fn has_data(event: &Event<'_>) -> bool {
    let is_data = |name: &str| {
        matches!(name, "SubjectUserName" | "TargetUserName" | "SubjectUserSid" | "Image" | "UtcTime" | "User")
            || SOURCE_IPS.iter().any(|key| KEYS.name((*key).into()) == name)
    };
    let may_lack = matches!(event.format, Format::Snare | Format::NxlogJson);
    !may_lack || event.fields.iter().any(|field| is_data(&field.name) && is_present(&field.value))
}
