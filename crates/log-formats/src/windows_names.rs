//! One name for a field of a Windows event, however it came: Event XML's own (`TargetUserName`, `EventID`, `Provider_Name`),
//! which are also those of Sigma's rules.

use std::borrow::Cow;

use crate::names::names;

names! { Key, KEYS {
    EventId = "EventID", EventCode = "event.code", Channel = "Channel", Provider = "Provider_Name",
    Source = "SourceName", EcsProvider = "event.provider",
    Computer = "Computer", HostName = "Hostname", HostUpper = "HOSTNAME", EcsHost = "host.name",
    EcsHostName = "host.hostname",
    SystemTime = "TimeCreated_SystemTime", TimeCreated = "TimeCreated", EcsTime = "@timestamp", UtcTime = "UtcTime",
    EventTime = "EventTime", SnareTime = "SnareTime",
    Keywords = "Keywords", EventType = "EventType", Level = "Level",
    Severity = "Severity", EcsLevel = "log.level", EcsOutcome = "event.outcome",
    IpAddress = "IpAddress", SourceAddress = "SourceAddress", ClientAddress = "ClientAddress", SourceIp = "SourceIp",
    ClientIp = "ClientIP", EcsSourceIp = "source.ip",
    IpPort = "IpPort", SourcePort = "SourcePort", ClientPort = "ClientPort", EcsSourcePort = "source.port",
    DestAddress = "DestAddress", DestinationIp = "DestinationIp", EcsDestinationIp = "destination.ip",
    DestPort = "DestPort", DestinationPort = "DestinationPort", EcsDestinationPort = "destination.port",
    TargetUser = "TargetUserName", SubjectUser = "SubjectUserName", AccountName = "AccountName", User = "User",
    EcsUser = "user.name", DetectionUser = "Detection User",
    Message = "Message", EcsMessage = "message", RuleName = "RuleName", Threat = "Threat Name",
    // What only OCSF has a place for.
    LogonType = "LogonType", Image = "Image", ProcessName = "NewProcessName", CommandLine = "CommandLine",
    ParentImage = "ParentImage",
    ParentProcessName = "ParentProcessName", ParentCommandLine = "ParentCommandLine",
    Workstation = "WorkstationName", Query = "QueryName", TargetFile = "TargetFilename",
    TargetObject = "TargetObject", Details = "Details", TaskName = "TaskName", ServiceName = "ServiceName",
    ImagePath = "ImagePath", ServiceFile = "ServiceFileName", StatusCode = "Status",
    TargetDomain = "TargetDomainName", SubjectDomain = "SubjectDomainName", TargetSid = "TargetUserSid",
    AuthPackage = "AuthenticationPackageName", RecordId = "EventRecordID", RecordNumber = "RecordNumber",
} }

/// Where in a sender's JSON an object stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Top,
    /// Members are fields of the event under their own names.
    Data,
    /// The same, but Wazuh writes the first letter small.
    WazuhData,
    /// Members are named after the path.
    Other,
}

/// What the members of the object at a path are.
pub(crate) fn place(path: &str) -> Place {
    match path {
        "" => Place::Top,
        "winlog.event_data" | "winlog.user_data" | "Event.EventData" | "EventData" => Place::Data,
        "win.eventdata" | "data.win.eventdata" => Place::WazuhData,
        _ if path.starts_with("Event.UserData.") => Place::Data,
        _ => Place::Other,
    }
}

/// The name of a member of the object at a path.
pub(crate) fn own_name<'a>(place: Place, path: &str, key: &Cow<'a, str>) -> Cow<'a, str> {
    match place {
        Place::Top | Place::Data => key.clone(),
        Place::WazuhData => Cow::Owned(capital(key)),
        Place::Other => named_by_path(path, key),
    }
}

fn named_by_path<'a>(path: &str, key: &str) -> Cow<'a, str> {
    if let Some(system) = path.strip_prefix("Event.System") {
        return Cow::Owned(system_name(system.trim_start_matches('.'), key));
    }
    if matches!(path, "win.system" | "data.win.system") {
        return match key {
            "eventID" => Cow::Borrowed("EventID"),
            "eventRecordID" => Cow::Borrowed("EventRecordID"),
            "providerName" => Cow::Borrowed("Provider_Name"),
            "systemTime" => Cow::Borrowed("TimeCreated_SystemTime"),
            "severityValue" => Cow::Borrowed("EventType"),
            _ => Cow::Owned(capital(key)),
        };
    }
    if path == "winlog" {
        match key {
            "event_id" => return Cow::Borrowed("EventID"),
            "record_id" => return Cow::Borrowed("EventRecordID"),
            "channel" => return Cow::Borrowed("Channel"),
            "provider_name" => return Cow::Borrowed("Provider_Name"),
            "computer_name" => return Cow::Borrowed("Computer"),
            "keywords" => return Cow::Borrowed("Keywords"),
            _ => {}
        }
    }
    if path == "Event.EventData.Data" && key == "#text" {
        return Cow::Borrowed("Data");
    }
    Cow::Owned(format!("{path}.{key}"))
}

/// `Provider.#attributes` and `Name` are `Provider_Name`; `EventID` and `#text` are `EventID`.
fn system_name(element: &str, key: &str) -> String {
    let element = element
        .strip_suffix(".#attributes")
        .or_else(|| element.strip_suffix("_attributes"))
        .unwrap_or(element);
    match (element, key) {
        ("", _) => key.to_owned(),
        (_, "#text") => element.to_owned(),
        _ => format!("{element}_{key}"),
    }
}

fn capital(key: &str) -> String {
    let mut characters = key.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(characters).collect()
}
