//! CEF to events: FortiGate's under FortiGate's own names, anybody's under CEF's.

use std::borrow::Cow;

use crate::cef::{Header, extension, header};
use crate::columns::Columns;
use crate::event::{Context, Event, Format, Severity, Unparsed};
use crate::fortigate;
use crate::names::names;
use crate::text::{is_present, unquoted};
use crate::times;

names! { Key, KEYS {
    Source = "src", SourceAddress = "sourceAddress", SourcePort = "spt", Destination = "dst",
    DestinationAddress = "destinationAddress", DestinationPort = "dpt",
    SourceUser = "suser", DestinationUser = "duser", SourceHost = "shost", DestinationHost = "dhost",
    Action = "act", Outcome = "outcome", DeviceHost = "dvchost", Device = "dvc",
    ReceiptTime = "rt", Start = "start", End = "end", StartTime = "startTime", EndTime = "endTime", Zone = "dtz",
    Message = "msg",
} }

/// The prefixes of FortiGate's own keys. Some relays write the second.
const PREFIXES: [&str; 2] = ["FTNTFGT", "FortinetFortiGate"];

/// CEF has some thirty fields that may have a label.
const MOST_LABELS: usize = 64;

pub(crate) fn read<'a>(event: &mut Event<'a>, text: &'a str, context: &Context) -> Result<(), Unparsed> {
    let header = header(text).ok_or(Unparsed::NotCef)?;
    let is_fortigate = (header.vendor == "Fortinet"
        && header.product.to_ascii_lowercase().starts_with("fortigate"))
        || context.format.is_some_and(Format::is_fortigate);
    event.fields.reserve(64);
    let body = header.extension.trim_end_matches(['|', ' ', '\r', '\n', '\t']);
    if is_fortigate {
        read_fortigate(event, &header, body, context);
        return Ok(());
    }
    for (key, value) in extension(body) {
        event.push(Cow::Borrowed(key), value);
        if event.is_full() {
            break;
        }
    }
    map(event, header, context);
    Ok(())
}

fn read_fortigate<'a>(event: &mut Event<'a>, header: &Header<'a>, body: &'a str, context: &Context) {
    event.format = Format::FortigateCef;
    // `cs5=10 cs5Label=Policy Id` is `policyid`; the label may stand first.
    let labels: Vec<(&str, Cow<'_, str>)> = match memchr::memmem::find(body.as_bytes(), b"Label=") {
        Some(_) => extension(body).filter(|(key, _)| key.ends_with("Label")).take(MOST_LABELS).collect(),
        None => Vec::new(),
    };
    for (key, value) in extension(body) {
        if let Some(own) = PREFIXES.iter().find_map(|prefix| key.strip_prefix(prefix)) {
            event.push(Cow::Borrowed(own), value);
        } else if key == "cat" {
            // `cat=traffic:forward`; the subtype has a key of its own, mostly.
            let kind = value.split(':').next().unwrap_or_default().to_owned();
            event.push(Cow::Borrowed("type"), Cow::Owned(kind));
        } else if let Some(own) = fortigate::own_name(key) {
            event.push(Cow::Borrowed(own), value);
        } else if key.ends_with("Label") {
        } else {
            let label = labels.iter().find(|(label, _)| label.strip_suffix("Label") == Some(key));
            let name = label.map(|(_, label)| label.replace(' ', "").to_ascii_lowercase());
            event.push(name.map_or(Cow::Borrowed(key), Cow::Owned), value);
        }
        if event.is_full() {
            break;
        }
    }
    fortigate::map(event, context);
    if event.event_code.is_none() {
        event.event_code = Some(header.signature.clone()).filter(|code| is_present(code));
    }
}

fn map<'a>(event: &mut Event<'a>, header: Header<'a>, context: &Context) {
    use Key::*;
    let mut columns = Columns::new(event, &KEYS);
    columns.event.format = Format::Cef;
    columns.event.time = time(&mut columns, context);
    columns.event.source_ip = columns.address(&[Source, SourceAddress]);
    columns.event.source_port = columns.port(&[SourcePort]);
    columns.event.destination_ip = columns.address(&[Destination, DestinationAddress]);
    columns.event.destination_port = columns.port(&[DestinationPort]);
    columns.event.user = columns.text(&[SourceUser, DestinationUser]);
    columns.event.host = columns.text(&[DestinationHost, SourceHost]);
    columns.event.action = columns.text(&[Action, Outcome]).map(without_quotes);
    columns.event.device = columns.text(&[DeviceHost, Device]);
    columns.event.message = columns.text(&[Message]).map(without_quotes);
    let named = |text: Cow<'a, str>| Some(text).filter(|text| is_present(text));
    event.severity = severity(&header.severity);
    event.rule_name = named(header.name);
    event.event_code = named(header.signature);
    event.product = named(header.product);
    event.vendor = named(header.vendor);
}

/// When it happened, if that is written, else when the sender heard of it; `dtz=UTC` may name the zone.
fn time(columns: &mut Columns<'_, '_, Key>, context: &Context) -> Option<time::OffsetDateTime> {
    let is_utc = columns.peek(Key::Zone).is_some_and(|zone| matches!(zone, "UTC" | "GMT"));
    let zone = context.zone.or(is_utc.then_some(time::UtcOffset::UTC));
    let context = Context { zone, ..*context };
    let keys = [Key::Start, Key::StartTime, Key::ReceiptTime, Key::End, Key::EndTime];
    columns.moment(&keys, |_, text| times::moment(unquoted(text), &context))
}

/// 0 to 3 low, 4 to 6 medium, 7 and 8 high, 9 and 10 very high; or those words (CEF, "Header field definitions").
pub(crate) fn severity(text: &str) -> Severity {
    let text = unquoted(text.trim());
    match text.parse::<u8>() {
        Ok(0) => Severity::Informational,
        Ok(1..=3) => Severity::Low,
        Ok(4..=6) => Severity::Medium,
        Ok(7 | 8) => Severity::High,
        Ok(9 | 10) => Severity::Critical,
        _ => match text.to_ascii_lowercase().as_str() {
            "low" => Severity::Low,
            "medium" => Severity::Medium,
            "high" => Severity::High,
            "very-high" | "very high" | "critical" => Severity::Critical,
            "info" | "information" | "informational" => Severity::Informational,
            _ => Severity::Unknown,
        },
    }
}

fn without_quotes(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(unquoted(text)),
        Cow::Owned(text) => Cow::Owned(unquoted(&text).to_owned()),
    }
}
