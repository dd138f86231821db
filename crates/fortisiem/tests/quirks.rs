//! One table per quirk of the senders.
#![expect(clippy::expect_used, clippy::panic, reason = "a failed expectation ends a test")]

use fortisiem::{Limits, read, read_in_zone};
use time::macros::{datetime, offset};
use vocab::{Format, Notification, Severity, SourceState};

fn one(body: impl AsRef<[u8]>) -> Notification {
    let body = body.as_ref();
    let delivery = read(body, &Limits::default());
    let mut delivery = delivery.unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(body)));
    assert!(!delivery.is_list, "a list");
    delivery.elements.remove(0).reading.expect("an incident")
}

/// An incident with these attributes and children.
fn xml(attributes: &str, children: &str) -> String {
    format!(
        "<incident ruleType=\"PH_RULE_X\" severity=\"5\" {attributes}><name>X</name>{children}</incident>"
    )
}

fn paths(notification: &Notification) -> Vec<&str> {
    notification.problems.iter().map(|problem| problem.path.as_str()).collect()
}

#[test]
fn an_incident_id_is_a_number_or_nothing() {
    for (id, expected) in [
        ("1814704", Some("1814704")),
        ("9223372036854775807", Some("9223372036854775807")),
        ("0012", Some("12")),
        ("00000", None),
        ("0", None),
        ("00000000000000000000000000000000", None),
        ("", None),
        ("null", None),
        ("INC-7", Some("INC-7")),
    ] {
        let read = one(xml(&format!("incidentId=\"{id}\""), ""));
        assert_eq!(read.incident_id.as_deref(), expected, "{id:?}");
    }
    assert_eq!(one(xml("", "")).incident_id, None);
    assert_eq!(paths(&one(xml("incidentId='INC-7'", ""))), ["incident/@incidentId"]);
}

#[test]
fn a_severity_beyond_ten_or_unreadable_is_medium_and_a_problem() {
    for (written, expected, has_problem) in [
        ("0", Severity::Informational, false),
        ("1", Severity::Low, false),
        ("4", Severity::Low, false),
        ("5", Severity::Medium, false),
        ("8", Severity::Medium, false),
        ("9", Severity::High, false),
        ("10", Severity::Critical, false),
        ("11", Severity::Medium, true),
        ("-1", Severity::Medium, true),
        ("99999999999999999999", Severity::Medium, true),
        ("HIGH", Severity::High, false),
        ("7.5", Severity::Medium, true),
        ("", Severity::Medium, true),
        ("null", Severity::Medium, true),
    ] {
        let body = format!("<incident ruleType='PH_RULE_X' severity='{written}'/>");
        let read = one(&body);
        assert_eq!(read.severity, expected, "{written:?}");
        assert_eq!(!read.problems.is_empty(), has_problem, "{written:?}");
    }
    let words = one(r#"{"eventType": "PH_RULE_X", "eventSeverityCat": "HIGH"}"#);
    assert_eq!((words.severity, words.severity_text.as_deref()), (Severity::High, Some("HIGH")));
}

#[test]
fn a_status_is_active_or_cleared() {
    for (status, expected, has_problem) in [
        ("0", SourceState::Active, false),
        ("Active", SourceState::Active, false),
        ("", SourceState::Active, false),
        ("1", SourceState::Cleared, false),
        ("2", SourceState::Cleared, false),
        ("3", SourceState::Cleared, false),
        ("Cleared", SourceState::Cleared, false),
        ("CLEARED", SourceState::Cleared, false),
        ("Auto Cleared", SourceState::Cleared, false),
        ("4", SourceState::Active, true),
        ("odd", SourceState::Active, true),
    ] {
        let read = one(xml(&format!("status=\"{status}\""), ""));
        assert_eq!(read.state, expected, "{status:?}");
        assert_eq!(!read.problems.is_empty(), has_problem, "{status:?}");
    }
}

#[test]
fn a_count_is_at_least_one() {
    for (count, expected) in
        [("7", 7), ("0", 1), ("", 1), ("many", 1), ("-3", 1), ("4294967296", 4_294_967_296)]
    {
        assert_eq!(one(xml(&format!("repeatCount=\"{count}\""), "")).occurrences, expected, "{count:?}");
    }
}

#[test]
fn addresses_come_from_the_sides_and_a_host_stands_in() {
    let entry = |attribute: &str, value: &str| format!("<entry attribute='{attribute}'>{value}</entry>");
    let check = |source: String, details: String, expected: Option<&str>| {
        let children =
            format!("<incidentSource>{source}</incidentSource><incidentDetails>{details}</incidentDetails>");
        let read = one(xml("", &children));
        assert_eq!(read.source_ip.map(|ip| ip.to_string()).as_deref(), expected, "{source} {details}");
    };
    let none = String::new;
    check(entry("srcIpAddr", "192.0.2.1"), none(), Some("192.0.2.1"));
    check(entry("hostIpAddr", "192.0.2.2"), none(), Some("192.0.2.2"));
    check(entry("hostIpAddr", "192.0.2.2") + &entry("srcIpAddr", "192.0.2.1"), none(), Some("192.0.2.1"));
    check(entry("srcIpAddr", "010.0.0.1") + &entry("hostIpAddr", "192.0.2.2"), none(), Some("192.0.2.2"));
    check(entry("srcIpAddr", "192.0.2.1 (HOST)"), none(), Some("192.0.2.1"));
    check(entry("srcIpAddr", "000.000.000.000"), none(), None);
    check(none(), entry("srcIpAddr", "192.0.2.3"), Some("192.0.2.3"));
    check(none(), none(), None);
}

#[test]
fn an_unreadable_address_stays_as_text_and_is_a_problem() {
    let read =
        one(xml("", "<incidentSource><entry attribute='srcIpAddr'>000.000.000.000</entry></incidentSource>"));
    assert_eq!((read.source_ip, read.sources[0].value.as_str()), (None, "000.000.000.000"));
    assert_eq!(paths(&read), ["incident/incidentSource/srcIpAddr"]);
}

#[test]
fn an_address_beside_the_lists_wins_over_one_inside_a_value() {
    let read =
        one("<event name='phRuleIncident'><eventType>PH_RULE_X</eventType><eventSeverity>5</eventSeverity>\
         <incidentSrc>user:eve, srcIpAddr:203.0.113.66, srcIpAddr:192.0.2.1,</incidentSrc>\
         <srcIpAddr>192.0.2.1</srcIpAddr></event>");
    assert_eq!(read.source_ip.map(|ip| ip.to_string()).as_deref(), Some("192.0.2.1"));
}

#[test]
fn a_time_without_a_clear_zone_stays_text_unless_the_source_has_a_zone() {
    let body = xml("", "<displayTime>Tue Nov 11 12:56:30 ART 2025</displayTime>");
    let text = Some("Tue Nov 11 12:56:30 ART 2025");
    let plain = one(&body);
    assert_eq!((plain.event_time, plain.event_time_text.as_deref()), (None, text));
    assert!(plain.problems.is_empty());
    let zoned = read_in_zone(body.as_bytes(), &Limits::default(), offset!(-3)).expect("a delivery");
    let zoned = zoned.elements[0].reading.as_ref().expect("an incident");
    assert_eq!(
        (zoned.event_time, zoned.event_time_text.as_deref()),
        (Some(datetime!(2025-11-11 15:56:30 UTC)), text)
    );
    let clear = xml("", "<displayTime>Tue Nov 11 12:56:30 UTC 2025</displayTime>");
    assert_eq!(one(clear).event_time, Some(datetime!(2025-11-11 12:56:30 UTC)));
}

#[test]
fn json_counts_milliseconds_and_cef_seconds() {
    let json = one(
        r#"{"eventType":"PH_RULE_X","eventSeverity":5,"incidentFirstSeen":1762860990000,"incidentLastSeen":1762865790000}"#,
    );
    assert_eq!(json.first_seen, Some(datetime!(2025-11-11 11:36:30 UTC)));
    assert_eq!((json.last_seen, json.event_time), (Some(datetime!(2025-11-11 12:56:30 UTC)), json.last_seen));
    for rt in ["1762865790", "1762865790000"] {
        let cef = one(format!("CEF:0|Fortinet|FortiSIEM|ANY|1|PH_RULE_X|5|rt={rt}"));
        assert_eq!(cef.event_time, Some(datetime!(2025-11-11 12:56:30 UTC)), "{rt}");
    }
}

#[test]
fn cef_maps_its_labels_whatever_stands_before_it() {
    let extension = "cs2Label=CustomerName cs2=Some Bank cn1Label=CustomerID cn1=2010 cn2Label=IncidentID cn2=77 \
                     cnt=3 src=192.0.2.1 dst=2001:db8::1 dhost=a b suser=o\\=k msg=one\\ntwo";
    for before in [
        "",
        "<134>",
        "<134>May 14 14:19:36 192.0.2.2 ",
        "May 14 14:19:36 siem ",
        "<14>1 2025-01-01T00:00:00Z h a - - - ",
    ] {
        for start in ["CEF:0|", "CEF: 0|"] {
            let read = one(format!("{before}{start}Fortinet|FortiSIEM|ANY|1|PH_RULE_X|9|{extension}"));
            assert_eq!(read.format, Format::FortisiemCef);
            assert_eq!((read.rule_id.as_str(), read.incident_id.as_deref()), ("PH_RULE_X", Some("77")));
            assert_eq!(
                (read.organization.as_deref(), read.organization_number),
                (Some("Some Bank"), Some(2010))
            );
            assert_eq!((read.severity, read.occurrences), (Severity::High, 3));
            assert_eq!(read.destination_ip.map(|ip| ip.to_string()).as_deref(), Some("2001:db8::1"));
            assert_eq!(read.targets[1].value, "a b");
            assert_eq!(
                (read.sources[1].value.as_str(), read.description.as_deref()),
                ("o=k", Some("one\ntwo"))
            );
        }
    }
}

#[test]
fn a_broken_event_inside_cef_is_kept_as_a_raw_event() {
    let read = one(
        "CEF:0|Fortinet|FortiSIEM|ANY|1|PH_RULE_X|5|cnt=2 rawEvent=<event name=\"phRuleIncident\"><count>9",
    );
    assert_eq!((read.occurrences, paths(&read)), (2, vec!["rawEvent"]));
    assert_eq!(read.raw_events, ["<event name=\"phRuleIncident\"><count>9"]);
}

#[test]
fn a_value_given_twice_is_read_once_and_noted() {
    let read = one(r#"{"eventType": "PH_RULE_X", "eventSeverity": 9, "eventSeverity": 1}"#);
    assert_eq!((read.severity, paths(&read)), (Severity::High, vec!["eventSeverity"]));
    let same = one(r#"{"eventType": "PH_RULE_X", "eventSeverity": 9, "eventSeverity": 9}"#);
    assert!(same.problems.is_empty());
}

#[test]
fn the_title_is_never_empty() {
    assert_eq!(one("<incident ruleType='PH_RULE_X' severity='5'/>").title, "PH_RULE_X");
    let named = one("<incident severity='5'><name>Only a Name</name></incident>");
    assert_eq!((named.rule_id.as_str(), named.title.as_str()), ("Only a Name", "Only a Name"));
    let json =
        one(r#"{"incidentTitle": "T", "eventName": "N", "eventType": "PH_RULE_X", "eventSeverity": 5}"#);
    assert_eq!((json.title.as_str(), json.rule_name.as_str()), ("T", "N"));
}

#[test]
fn categories_have_one_spelling() {
    for (body, expected) in [
        (xml("", "<incidentCategory>Security/Execution</incidentCategory>"), "Security/Execution"),
        (
            r#"{"eventType":"PH_RULE_X","phIncidentCategory":4,"phSubIncidentCategory":"Impact"}"#.into(),
            "Security/Impact",
        ),
        (r#"{"eventType":"PH_RULE_X","phIncidentCategory":1}"#.into(), "Availability"),
    ] {
        assert_eq!(one(body).category.as_deref(), Some(expected));
    }
}

#[test]
fn control_characters_are_visible_in_every_format() {
    assert_eq!(
        one("<incident ruleType='PH_RULE_X'><name>a&#0;b&#x1b;c</name></incident>").title,
        "a\\u0000b\\u001bc"
    );
    assert_eq!(one(r#"{"eventType":"PH_RULE_X","incidentTitle":"a\u0000b"}"#).title, "a\\u0000b");
    assert_eq!(one("CEF:0|Fortinet|FortiSIEM|1|PH_RULE_X|a\u{0}b|5|").title, "a\\u0000b");
}
