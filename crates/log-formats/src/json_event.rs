//! JSON to events: Windows' through NXLog, Winlogbeat, Wazuh and `evtx` tools, FortiGate's, and anybody's.

use std::borrow::Cow;

use crate::columns::Columns;
use crate::event::{Context, Event, Format, Problem, Severity, Unparsed};
use crate::names::names;
use crate::text::is_present;
use crate::{cef_event, fortigate, json, times, windows};

names! { Key, KEYS {
    Time = "@timestamp", Timestamp = "timestamp", EventTime = "event_time", TimeText = "time", DateTime = "datetime",
    SourceIp = "source_ip", SrcIp = "src_ip", SourceEcs = "source.ip", SrcIpShort = "srcip", ClientIp = "client_ip",
    Src = "src", SourceOcsf = "src_endpoint.ip", SourceZeek = "id.orig_h", SourceAws = "sourceIPAddress",
    SourcePort = "source_port", SrcPort = "src_port", SourcePortEcs = "source.port", SrcPortShort = "srcport",
    SourcePortOcsf = "src_endpoint.port", SourcePortZeek = "id.orig_p",
    DestinationIp = "destination_ip", DstIp = "dst_ip", DestIp = "dest_ip", DestinationEcs = "destination.ip",
    DstIpShort = "dstip", Dst = "dst", DestinationOcsf = "dst_endpoint.ip", DestinationZeek = "id.resp_h",
    DestinationPort = "destination_port", DstPort = "dst_port", DestPort = "dest_port",
    DestinationPortEcs = "destination.port", DstPortShort = "dstport", DestinationPortOcsf = "dst_endpoint.port",
    DestinationPortZeek = "id.resp_p",
    User = "user", UserName = "user_name", UserEcs = "user.name", UserShort = "username",
    Host = "host", HostName = "hostname", HostEcs = "host.name",
    Action = "action", ActionEcs = "event.action", Outcome = "event.outcome", AlertAction = "alert.action",
    Severity = "severity", SeverityEcs = "log.level", Level = "level", AlertSeverity = "alert.severity",
    RuleName = "rule_name", RuleEcs = "rule.name", Signature = "signature", AlertSignature = "alert.signature",
    Rule = "rule", RuleDescription = "rule.description",
    Code = "event_code", CodeEcs = "event.code", EventId = "event_id", AlertId = "alert.signature_id", RuleId = "rule.id",
    Device = "device", DeviceName = "device_name", ObserverEcs = "observer.name",
    Product = "product", ProductEcs = "observer.product", Vendor = "vendor", VendorEcs = "observer.vendor",
    Message = "message", MessageShort = "msg", EventType = "event_type",
} }

pub(crate) fn read<'a>(event: &mut Event<'a>, text: &'a str, context: &Context) -> Result<(), Unparsed> {
    event.fields.reserve(64);
    let seen = json::read(event, text).ok_or(Unparsed::NotJson)?;
    event.format = match context.format {
        Some(format) => format,
        None if seen.winlog => Format::Winlogbeat,
        None if seen.wazuh => Format::Wazuh,
        None if seen.event => Format::EventJson,
        None if is_nxlog(event) => Format::NxlogJson,
        None if fortigate::is_one(&event.fields) => Format::FortigateJson,
        None => Format::Json,
    };
    if event.format.is_windows() {
        windows::map(event, context);
    } else if event.format.is_fortigate() {
        fortigate::map(event, context);
    } else {
        map(event, context);
    }
    Ok(())
}

/// NXLog names its module; other agents that write the same leave that out, but not what only Windows has.
fn is_nxlog(event: &Event<'_>) -> bool {
    let (mut has_id, mut has_log) = (false, false);
    for field in &event.fields {
        match &*field.name {
            "SourceModuleType" if matches!(&*field.value, "im_msvistalog" | "im_mseventlog") => return true,
            "EventID" => has_id = true,
            "Channel" | "ProviderGuid" | "SourceName" => has_log = true,
            _ => {}
        }
    }
    has_id && has_log
}

/// Fills the flat columns from names that many senders use.
pub(crate) fn map(event: &mut Event<'_>, context: &Context) {
    use Key::*;
    let mut columns = Columns::new(event, &KEYS);
    columns.event.time = time(&mut columns, context);
    let sources = [SourceIp, SrcIp, SourceEcs, SrcIpShort, ClientIp, Src, SourceOcsf, SourceZeek, SourceAws];
    columns.event.source_ip = columns.address(&sources);
    let ports = [SourcePort, SrcPort, SourcePortEcs, SrcPortShort, SourcePortOcsf, SourcePortZeek];
    columns.event.source_port = columns.port(&ports);
    let destinations =
        [DestinationIp, DstIp, DestIp, DestinationEcs, DstIpShort, Dst, DestinationOcsf, DestinationZeek];
    columns.event.destination_ip = columns.address(&destinations);
    let ports = [DestinationPort, DstPort, DestPort, DestinationPortEcs, DstPortShort];
    let more = [DestinationPortOcsf, DestinationPortZeek];
    columns.event.destination_port = columns.port(&ports).or_else(|| columns.port(&more));
    columns.event.user = columns.text(&[User, UserName, UserEcs, UserShort]);
    columns.event.host = columns.text(&[Host, HostName, HostEcs]);
    columns.event.action = columns.text(&[Action, ActionEcs, AlertAction, Outcome]);
    columns.event.severity = severity(&columns);
    let rules = [RuleName, RuleEcs, Signature, AlertSignature, RuleDescription, Rule, EventType];
    columns.event.rule_name = columns.text(&rules);
    columns.event.event_code = columns.text(&[Code, CodeEcs, EventId, AlertId, RuleId]);
    columns.event.device = columns.text(&[Device, DeviceName, ObserverEcs]);
    columns.event.product = columns.text(&[Product, ProductEcs]);
    columns.event.vendor = columns.text(&[Vendor, VendorEcs]);
    columns.event.message = columns.text(&[Message, MessageShort]);
}

fn time(columns: &mut Columns<'_, '_, Key>, context: &Context) -> Option<time::OffsetDateTime> {
    let keys = [Key::Time, Key::EventTime, Key::Timestamp, Key::DateTime, Key::TimeText];
    let found = columns.moment(&keys, |_, text| times::moment(text, context));
    if found.is_none() && columns.has(Key::Time) && !columns.event.problems.contains(&Problem::NoZone) {
        columns.event.problem(Problem::Unreadable(Cow::Borrowed("@timestamp")));
    }
    found
}

/// A word everybody uses; a number means something else to each sender.
fn severity(columns: &Columns<'_, '_, Key>) -> Severity {
    let keys = [Key::Severity, Key::AlertSeverity, Key::SeverityEcs, Key::Level];
    let words = keys.into_iter().filter_map(|key| columns.peek(key));
    let mut words = words.filter(|word| is_present(word) && word.parse::<i64>().is_err());
    let Some(word) = words.next() else { return Severity::Unknown };
    match word.to_ascii_lowercase().as_str() {
        "emergency" | "fatal" => Severity::Fatal,
        "alert" => Severity::Critical,
        "error" | "err" => Severity::Medium,
        "warning" | "warn" => Severity::Low,
        "notice" | "debug" | "trace" => Severity::Informational,
        other => cef_event::severity(other),
    }
}
