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
    fn numbers<const N: usize>(keys: [Key; N]) -> [usize; N] {
        keys.map(|key| key as usize)
    }
    let mut columns = Columns::new(event, &KEYS);
    let time = time(&mut columns, context);
    let severity = severity(&columns);
    let source_ip = columns.address(&numbers([
        SourceIp, SrcIp, SourceEcs, SrcIpShort, ClientIp, Src, SourceOcsf, SourceZeek, SourceAws,
    ]));
    let source_port = columns.port(&numbers([
        SourcePort,
        SrcPort,
        SourcePortEcs,
        SrcPortShort,
        SourcePortOcsf,
        SourcePortZeek,
    ]));
    let destination_ip = columns.address(&numbers([
        DestinationIp,
        DstIp,
        DestIp,
        DestinationEcs,
        DstIpShort,
        Dst,
        DestinationOcsf,
        DestinationZeek,
    ]));
    let destination_port = columns.port(&numbers([
        DestinationPort,
        DstPort,
        DestPort,
        DestinationPortEcs,
        DstPortShort,
        DestinationPortOcsf,
        DestinationPortZeek,
    ]));
    let user = columns.text(&numbers([User, UserName, UserEcs, UserShort]));
    let host = columns.text(&numbers([Host, HostName, HostEcs]));
    let action = columns.text(&numbers([Action, ActionEcs, AlertAction, Outcome]));
    let rule_name = columns.text(&numbers([
        RuleName,
        RuleEcs,
        Signature,
        AlertSignature,
        RuleDescription,
        Rule,
        EventType,
    ]));
    let event_code = columns.text(&numbers([Code, CodeEcs, EventId, AlertId, RuleId]));
    let device = columns.text(&numbers([Device, DeviceName, ObserverEcs]));
    let product = columns.text(&numbers([Product, ProductEcs]));
    let vendor = columns.text(&numbers([Vendor, VendorEcs]));
    let message = columns.text(&numbers([Message, MessageShort]));
    *event = Event {
        time,
        source_ip,
        source_port,
        destination_ip,
        destination_port,
        user,
        host,
        action,
        severity,
        rule_name,
        event_code,
        device,
        product,
        vendor,
        message,
        fields: std::mem::take(&mut event.fields),
        problems: std::mem::take(&mut event.problems),
        ..*event
    };
}

fn time(columns: &mut Columns<'_, '_>, context: &Context) -> Option<time::OffsetDateTime> {
    for key in [Key::Time, Key::EventTime, Key::Timestamp, Key::DateTime, Key::TimeText] {
        let Some(text) = columns.peek(key as usize) else { continue };
        match times::moment(text, context) {
            Ok(Some(at)) => {
                columns.text(&[key as usize]);
                return Some(at);
            }
            Ok(None) => {}
            Err(problem) => columns.event.problem(problem),
        }
    }
    if columns.has(Key::Time as usize) && !columns.event.problems.contains(&Problem::NoZone) {
        columns.event.problem(Problem::Unreadable(Cow::Borrowed("@timestamp")));
    }
    None
}

/// A word everybody uses; a number means something else to each sender.
fn severity(columns: &Columns<'_, '_>) -> Severity {
    let keys = [Key::Severity, Key::AlertSeverity, Key::SeverityEcs, Key::Level];
    let words = keys.into_iter().filter_map(|key| columns.peek(key as usize));
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
