//! FortiGate's fields to flat columns (FortiOS log reference, 6.0 to 7.6; the names of 3.x and 4.x too). Templates may drop
//! any field, so none is relied on.

use std::borrow::Cow;

use memchr::memmem;

use crate::address::address_in_brackets;
use crate::columns::Columns;
use crate::event::{Context, Event, Field, Problem, Severity};
use crate::names::names;
use crate::times;

names! { Key, KEYS {
    SourceIp = "srcip", OldSource = "src", RemoteIp = "remip", UserIp = "userip", Interface = "ui",
    DestinationIp = "dstip", OldDestination = "dst", LocalIp = "locip",
    SourcePort = "srcport", OldSourcePort = "src_port", RemotePort = "remport",
    DestinationPort = "dstport", OldDestinationPort = "dst_port", LocalPort = "locport",
    User = "user", UnauthenticatedUser = "unauthuser", ExtendedUser = "xauthuser", EapUser = "eapuser", Login = "login",
    SourceName = "srcname", Action = "action", Status = "status",
    Attack = "attack", Virus = "virus", App = "app", CategoryText = "catdesc", LogText = "logdesc",
    LogId = "logid", OldLogId = "log_id", DeviceName = "devname", DeviceId = "devid", OldDeviceId = "device_id",
    Type = "type", Subtype = "subtype", EventType = "eventtype",
    Severity = "severity", RiskLevel = "crlevel", Level = "level", OldLevel = "pri",
    EventTime = "eventtime", Date = "date", Time = "time", Zone = "tz", Message = "msg",
    // What only OCSF has a place for.
    PolicyId = "policyid", PolicyUid = "poluuid", PolicyName = "policyname", PolicyType = "policytype",
    Session = "sessionid", Protocol = "proto",
    Sent = "sentbyte", Received = "rcvdbyte", SentPackets = "sentpkt", ReceivedPackets = "rcvdpkt",
    Url = "url", HostName = "hostname", Agent = "agent", Method = "httpmethod", Referrer = "referralurl",
    Query = "qname", QueryType = "qtype", QueryClass = "qclass",
    AttackId = "attackid", VirusId = "virusid", Incident = "incidentserialno", Reference = "ref", Reason = "reason",
    FileName = "filename", FileHash = "analyticscksum", Tunnel = "vpntunnel", TunnelType = "tunneltype",
    From = "from", Subject = "subject",
} }

/// Whether fields are a FortiGate's, or of its relatives that write alike.
pub(crate) fn is_one(fields: &[Field<'_>]) -> bool {
    let (mut has_id, mut kinds) = (false, 0);
    for field in fields {
        match &*field.name {
            "logid" | "log_id" | "devid" | "device_id" => has_id = true,
            "type" | "subtype" | "vd" => kinds += 1,
            _ => {}
        }
    }
    has_id || kinds == 3
}

/// Whether a text has what only FortiGate's key=value has.
pub(crate) fn has_marks(text: &str) -> bool {
    ["devid=", "logid=", "device_id=", "log_id="]
        .iter()
        .any(|mark| memmem::find(text.as_bytes(), mark.as_bytes()).is_some())
}

/// Fills the flat columns from the fields.
pub(crate) fn map(event: &mut Event<'_>, context: &Context) {
    use Key::*;
    let mut columns = Columns::new(event, &KEYS);
    columns.event.time = time(&mut columns, context);
    let source_ip = columns.address(&[SourceIp, OldSource, RemoteIp, UserIp]);
    columns.event.source_ip = source_ip.or_else(|| columns.peek(Interface).and_then(address_in_brackets));
    columns.event.source_port = columns.port(&[SourcePort, OldSourcePort, RemotePort]);
    columns.event.destination_ip = columns.address(&[DestinationIp, OldDestination, LocalIp]);
    columns.event.destination_port = columns.port(&[DestinationPort, OldDestinationPort, LocalPort]);
    columns.event.user = columns.text(&[User, UnauthenticatedUser, ExtendedUser, EapUser, Login]);
    columns.event.host = columns.text(&[SourceName]);
    columns.event.action = columns.text(&[Action, Status]);
    columns.event.severity = severity(&columns);
    columns.event.rule_name = rule_name(&columns);
    columns.event.event_code = columns.text(&[LogId, OldLogId]);
    columns.event.device = columns.text(&[DeviceName, DeviceId, OldDeviceId]);
    columns.event.product = Some(Cow::Borrowed(product(&columns)));
    columns.event.vendor = Some(Cow::Borrowed("Fortinet"));
    columns.event.message = columns.text(&[Message]);
}

/// `eventtime` in seconds (6.0), milliseconds or nanoseconds (6.2 and newer), else `date`, `time` and `tz`. `timestamp` is the
/// device's wall clock taken for an epoch, and not to be trusted.
fn time(columns: &mut Columns<'_, '_, Key>, context: &Context) -> Option<time::OffsetDateTime> {
    if let Some(at) = columns.parsed(&[Key::EventTime], times::epoch) {
        return Some(at);
    }
    let date = columns.peek(Key::Date)?;
    // Some 4.x write `08: 19:42`.
    let clock = columns.peek(Key::Time)?.replace(' ', "");
    let zone = columns.peek(Key::Zone).unwrap_or_default();
    let written = format!("{date}T{clock}{}", if zone.starts_with(['+', '-']) { zone } else { "" });
    match times::wall(&written, context) {
        Ok(Some(at)) => Some(at),
        Ok(None) => {
            columns.event.problem(Problem::Unreadable(Cow::Borrowed("date")));
            None
        }
        Err(problem) => {
            columns.event.problem(problem);
            None
        }
    }
}

/// Where the name of a rule stands, the surest first.
pub(crate) const RULE_NAMES: [Key; 5] = [Key::Attack, Key::Virus, Key::CategoryText, Key::App, Key::LogText];

/// What a person calls the event: the signature, or what was seen, or the kind of log.
fn rule_name<'a>(columns: &Columns<'_, 'a, Key>) -> Option<Cow<'a, str>> {
    if let Some(name) = columns.unmarked(&RULE_NAMES) {
        return Some(name);
    }
    let kind = columns.peek(Key::Type)?;
    Some(Cow::Owned(match columns.peek(Key::Subtype) {
        Some(subtype) => format!("{kind}/{subtype}"),
        None => kind.to_owned(),
    }))
}

/// `severity` and `crlevel` say how bad it is. `level` says how loud the log is, and an ordinary failed sign-in is `alert`
/// there: an event's level counts two steps less.
fn severity(columns: &Columns<'_, '_, Key>) -> Severity {
    let named = |key: Key| {
        let text = columns.peek(key)?;
        let is = |name: &str| text.eq_ignore_ascii_case(name);
        let steps = [
            ("info", Severity::Informational),
            ("information", Severity::Informational),
            ("low", Severity::Low),
            ("medium", Severity::Medium),
            ("high", Severity::High),
            ("critical", Severity::Critical),
        ];
        steps.into_iter().find(|(name, _)| is(name)).map(|(_, severity)| severity)
    };
    if let Some(severity) = named(Key::Severity).or_else(|| named(Key::RiskLevel)) {
        return severity;
    }
    let level = columns.peek(Key::Level).or_else(|| columns.peek(Key::OldLevel));
    let is_event = columns.peek(Key::Type) == Some("event");
    match (level.unwrap_or_default().to_ascii_lowercase().as_str(), is_event) {
        ("emergency", false) => Severity::Fatal,
        ("emergency", true) | ("error", false) => Severity::High,
        ("alert" | "critical", false) => Severity::Critical,
        ("alert" | "critical", true) | ("warning", false) => Severity::Medium,
        ("error" | "warning", true) => Severity::Low,
        ("", _) => Severity::Unknown,
        _ => Severity::Informational,
    }
}

/// The serial number begins with the model.
fn product(columns: &Columns<'_, '_, Key>) -> &'static str {
    let id = columns.peek(Key::DeviceId).or_else(|| columns.peek(Key::OldDeviceId));
    let models = [
        ("FMG", "FortiManager"),
        ("FAZ", "FortiAnalyzer"),
        ("FE", "FortiMail"),
        ("FV", "FortiWeb"),
        ("FAC", "FortiAuthenticator"),
        ("FSA", "FortiSandbox"),
    ];
    let known = models.into_iter().find(|(begin, _)| id.is_some_and(|id| id.starts_with(begin)));
    known.map_or("FortiGate", |(_, product)| product)
}

/// FortiGate's own name of what it writes under a name of CEF (FortiOS log reference, "CEF support").
pub(crate) fn own_name(cef: &str) -> Option<&'static str> {
    Some(match cef {
        "src" => "srcip",
        "spt" => "srcport",
        "dst" => "dstip",
        "dpt" => "dstport",
        "shost" => "srcname",
        "dhost" => "hostname",
        "act" => "action",
        "outcome" => "status",
        "duser" | "suser" => "user",
        "app" => "service",
        "deviceExternalId" => "devid",
        "dvchost" => "devname",
        "externalId" => "sessionid",
        "request" => "url",
        "requestClientApplication" => "agent",
        "requestMethod" => "httpmethod",
        "in" => "rcvdbyte",
        "out" => "sentbyte",
        "fname" => "filename",
        "smac" => "srcmac",
        "dmac" => "dstmac",
        "cnt" => "count",
        "deviceInboundInterface" => "srcintf",
        "deviceOutboundInterface" => "dstintf",
        "sourceTranslatedAddress" => "transip",
        "sourceTranslatedPort" => "transport",
        _ => return None,
    })
}
