//! Each format's traps: what senders really write, and what somebody may write to be read as another.

mod fortigate;

use log_formats::{Context, Event, Format, Problem, Unparsed, ocsf, read, text};
use time::OffsetDateTime;
use time::macros::datetime;

const CONTEXT: Context =
    Context { received_at: datetime!(2026-11-21 02:00:00 UTC), zone: None, format: None };

const FORTIGATE: &str = "devid=FG1 logid=0000000013 type=traffic subtype=forward level=notice ";

/// The value of a field or flat column, as text; `-` is none.
fn part(event: &Event<'_>, name: &str) -> String {
    let text = |value: Option<&str>| value.unwrap_or("-").to_owned();
    match name {
        "@source" => event.source_ip.map_or("-".to_owned(), |ip| ip.to_string()),
        "@source_port" => event.source_port.map_or("-".to_owned(), |port| port.to_string()),
        "@destination" => event.destination_ip.map_or("-".to_owned(), |ip| ip.to_string()),
        "@time" => event.time.map_or("-".to_owned(), |at| at.to_string()),
        "@user" => text(event.user.as_deref()),
        "@host" => text(event.host.as_deref()),
        "@action" => text(event.action.as_deref()),
        "@rule" => text(event.rule_name.as_deref()),
        "@code" => text(event.event_code.as_deref()),
        "@device" => text(event.device.as_deref()),
        "@product" => text(event.product.as_deref()),
        "@message" => text(event.message.as_deref()),
        _ => text(event.get(name)),
    }
}

#[track_caller]
fn check(line: &str, format: Format, expected: &[(&str, &str)]) {
    let event = read(line, &CONTEXT);
    assert_eq!(event.format, format, "{line}");
    for (name, value) in expected {
        assert_eq!(part(&event, name), *value, "{name} of {line}");
    }
}

#[test]
fn windows_data_are_believed_before_the_message() {
    check(
        r#"{"EventID":5156,"Channel":"Security","Message":"Source Address:\t10.6.6.6\r\n","SourceAddress":"192.0.2.1"}"#,
        Format::NxlogJson,
        &[("@source", "192.0.2.1")],
    );
    check(
        r#"{"EventID":551,"Channel":"x","Message":"Client Address: 192.0.2.1:41760\r\nUser Name: \r\nSession ID: 0x1\r\n","AccountName":"SYSTEM"}"#,
        Format::NxlogJson,
        &[("@source", "192.0.2.1"), ("@source_port", "41760"), ("@user", "SYSTEM")],
    );
    let snare = |message: &str| {
        format!(
            "MSWinEventLog\t1\tSecurity\t1\tTue Feb 17 06:42:17 2026\t4625\tx\tN/A\tN/A\tFailure Audit\tdc1\tLogon\t\t{message}\t7"
        )
    };
    check(
        &snare(
            "Sujeto:   Nombre de cuenta:  DC$    Información de red:   Dirección de red de origen:  192.0.2.1",
        ),
        Format::Snare,
        &[
            ("@source", "192.0.2.1"),
            ("SubjectUserName", "DC$"),
            ("@code", "4625"),
            ("@host", "dc1"),
            ("@action", "failure"),
            ("EventRecordID", "7"),
        ],
    );
    check(
        &snare(
            "Account Name:  x  Source Network Address:  10.6.6.6    Network Information:   Source Network Address:  192.0.2.1",
        ),
        Format::Snare,
        &[("@source", "-")],
    );
    check("host MSWinEventLog\t1\tSecurity\t1\tTue\t4625", Format::Snare, &[("@code", "4625")]);
}

#[test]
fn the_same_event_has_the_same_names_however_it_comes() {
    for (line, format) in [
        (
            r#"{"winlog":{"event_id":4625,"channel":"Security","event_data":{"TargetUserName":"ana","IpAddress":"192.0.2.1"}}}"#,
            Format::Winlogbeat,
        ),
        (
            r#"{"win":{"system":{"eventID":"4625","channel":"Security"},"eventdata":{"targetUserName":"ana","ipAddress":"192.0.2.1"}}}"#,
            Format::Wazuh,
        ),
        (
            r##"{"Event":{"System":{"EventID":{"#attributes":{"Qualifiers":0},"#text":4625},"Channel":"Security"},"EventData":{"TargetUserName":"ana","IpAddress":"192.0.2.1"}}}"##,
            Format::EventJson,
        ),
        (
            "<Event xmlns='x'><System><EventID Qualifiers='0'>4625</EventID><Channel>Security</Channel></System><EventData><Data Name='TargetUserName'>ana</Data><Data Name='IpAddress'>192.0.2.1</Data></EventData></Event>",
            Format::EventXml,
        ),
        (
            r#"{"EventID":4625,"Channel":"Security","TargetUserName":"ana","IpAddress":"192.0.2.1","SourceModuleType":"im_msvistalog"}"#,
            Format::NxlogJson,
        ),
        (
            r#"@cee: {"EventID":4625,"Channel":"Security","TargetUserName":"ana","IpAddress":"192.0.2.1"}"#,
            Format::NxlogJson,
        ),
    ] {
        check(
            line,
            format,
            &[
                ("EventID", "4625"),
                ("Channel", "Security"),
                ("TargetUserName", "ana"),
                ("IpAddress", "192.0.2.1"),
                ("@user", "ana"),
                ("@source", "192.0.2.1"),
                ("@code", "4625"),
            ],
        );
        let record = ocsf(&read(line, &CONTEXT));
        assert!(record.contains("\"class_uid\":3002"), "{record}");
    }
}

#[test]
fn event_xml_is_read_with_all_it_may_hold() {
    let xml = "<?xml version='1.0'?>\n<Event xmlns='x'><System><Provider Name='P&amp;Q'/><EventID>1</EventID></System><EventData><Data>one</Data>\
               <Data></Data><Data>t&#119;o &lt;b&gt;</Data><Data Name='A'><![CDATA[<c>&amp;]]></Data><Data Name='E'/></EventData>\
               <UserData><U><Leaf>l</Leaf></U></UserData><RenderingInfo><Message>m</Message></RenderingInfo></Event>";
    check(
        xml,
        Format::EventXml,
        &[
            ("Data", "one"),
            ("A", "<c>&amp;"),
            ("E", ""),
            ("Leaf", "l"),
            ("@message", "m"),
            ("@product", "P&Q"),
        ],
    );
    assert_eq!(read(xml, &CONTEXT).fields.iter().filter(|field| field.name == "Data").count(), 2);
    let cut = read(
        "<Event xmlns='x'><System><EventID>1</EventID><Computer>a</Computer></System><EventData><Data Na",
        &CONTEXT,
    );
    assert_eq!((cut.format, cut.problems), (Format::EventXml, vec![Problem::Truncated]));
    for (xml, reason) in [
        ("<Event xmlns='x'></Event>", Unparsed::NotXml),
        ("<Event><!DOCTYPE a><System><EventID>1</EventID></System></Event>", Unparsed::NotXml),
    ] {
        assert_eq!(read(xml, &CONTEXT).unparsed, Some(reason), "{xml}");
    }
}

#[test]
fn json_keeps_every_digit_and_every_value() {
    let line = r#"{"n":89302720403038146410,"f":1.10,"b":true,"z":null,"a":["x",{"k":"y"},["w"]],"s":"\u00f1\ud83d\ude00\n\q","n":2}"#;
    let event = read(line, &CONTEXT);
    let fields: Vec<_> = event.fields.iter().map(|field| (&*field.name, &*field.value)).collect();
    assert_eq!(
        fields,
        [
            ("n", "89302720403038146410"),
            ("f", "1.10"),
            ("b", "true"),
            ("a", "x"),
            ("a.k", "y"),
            ("a", "w"),
            ("s", "ñ😀\n\\q"),
            ("n", "2")
        ]
    );
    assert!(ocsf(&event).contains("\"n\":[\"89302720403038146410\",\"2\"]"));
    let cut = read(r#"{"src_ip":"192.0.2.1","deep":{"a":"b","c":"trunc"#, &CONTEXT);
    assert_eq!((part(&cut, "@source").as_str(), part(&cut, "deep.a").as_str()), ("192.0.2.1", "b"));
    assert_eq!(cut.problems, [Problem::Truncated]);
    for line in [r#"{"a":}"#, r#"{"a" 1}"#, r#"{a:1}"#, r#"{"a":1,}"#, r#"{"a":nul}"#, "{", r#"{"a"#] {
        assert_eq!(read(line, &CONTEXT).unparsed, Some(Unparsed::NotJson), "{line}");
    }
}

#[test]
fn leef_is_read_with_every_delimiter() {
    for line in [
        "LEEF:1.0|V|P|1|id|src=192.0.2.1\tdst=192.0.2.2\tusrName=ana b",
        "LEEF:2.0|V|P|1|id|^|src=192.0.2.1^dst=192.0.2.2^usrName=ana b",
        "LEEF:2.0|V|P|1|id|0x5E|src=192.0.2.1^dst=192.0.2.2^usrName=ana b",
        "LEEF:2.0|V|P|1|id|x7c|src=192.0.2.1|dst=192.0.2.2|usrName=ana b",
        "LEEF:2.0|V|P|1|id||src=192.0.2.1\tdst=192.0.2.2\tusrName=ana b",
        "LEEF:2.0|V|P|1|id|src=192.0.2.1\tdst=192.0.2.2\tusrName=ana b",
        "LEEF:1.0|V|P|1|id|src=192.0.2.1|dst=192.0.2.2|usrName=ana b",
        "app LEEF:1.0|V|P|1|id|src=192.0.2.1\tdst=192.0.2.2\tusrName=ana b",
    ] {
        check(
            line,
            Format::Leef,
            &[
                ("@source", "192.0.2.1"),
                ("@destination", "192.0.2.2"),
                ("@user", "ana b"),
                ("@code", "id"),
                ("@product", "P"),
            ],
        );
    }
    assert_eq!(read("LEEF:1.0|V|P|1", &CONTEXT).unparsed, Some(Unparsed::NotLeef));
}

#[test]
fn what_no_format_fits_is_kept_with_its_reason() {
    for (line, reason) in [
        ("", Unparsed::Empty),
        (" \r\n", Unparsed::Empty),
        ("sshd: Failed password for root from 192.0.2.1 port 22", Unparsed::UnknownFormat),
        ("login failed user=bob from=192.0.2.1", Unparsed::UnknownFormat),
        ("ab=1 cd=2", Unparsed::NotKeyValue),
        ("CEF:0|a|b", Unparsed::NotCef),
        ("<html></html>", Unparsed::UnknownFormat),
        ("Invalid user CEF:0|Fortinet|Fortigate|1|1|n|9|src=10.6.6.6", Unparsed::UnknownFormat),
        ("Invalid user1 CEF:0|V|P|1|1|n|9|src=10.6.6.6", Unparsed::UnknownFormat),
        ("Invalid user LEEF:1.0|V|P|1|i|src=10.6.6.6", Unparsed::UnknownFormat),
        ("Invalid user {\"src_ip\":\"10.6.6.6\"}", Unparsed::UnknownFormat),
        ("Invalid user MSWinEventLog\t1\tSecurity\t1\tx\t4625", Unparsed::UnknownFormat),
        (
            "Invalid user <Event xmlns='x'><System><EventID>1</EventID></System></Event>",
            Unparsed::UnknownFormat,
        ),
        ("Invalid user devid=FG1 logid=1 srcip=10.6.6.6", Unparsed::UnknownFormat),
        ("[1]", Unparsed::UnknownFormat),
    ] {
        let event = read(line, &CONTEXT);
        assert_eq!((event.format, event.unparsed), (Format::Unparsed, Some(reason)), "{line:?}");
        assert_eq!(event.message.as_deref(), Some(line.trim()).filter(|text| !text.is_empty()), "{line:?}");
        assert!(event.fields.is_empty());
        assert!(ocsf(&event).contains("\"class_uid\":0"));
    }
}

#[test]
fn an_incident_of_fortisiem_is_recognised_and_not_read() {
    for line in [
        "<incident incidentId=\"1\">",
        "<?xml version=\"1.0\"?><incident>",
        "<incidents><incident/></incidents>",
        "<event name=\"phRuleIncident\"><a/></event>",
        "<!-- PHBOX RULE ENGINE --><event name=\"phRuleIncident\">",
        "CEF: 0|Fortinet|FortiSIEM|ANY|1|PH_RULE_X|5|rt=1",
    ] {
        check(line, Format::Fortisiem, &[]);
    }
}

#[test]
fn a_source_may_be_said_to_send_one_format() {
    let of = |line: &str, format: Format| {
        let event = read(line, &Context { format: Some(format), ..CONTEXT });
        (event.format, event.unparsed, part(&event, "@source"))
    };
    let said = of("srcip=192.0.2.1 action=deny", Format::FortigateKeyValue);
    assert_eq!(said, (Format::FortigateKeyValue, None, "192.0.2.1".to_owned()));
    let said = of(r#"{"EventID":1,"Channel":"x","src_ip":"192.0.2.1"}"#, Format::Json);
    assert_eq!(said, (Format::Json, None, "192.0.2.1".to_owned()));
    let said = of("devid=FG1 srcip=192.0.2.1", Format::Cef);
    assert_eq!(said, (Format::Unparsed, Some(Unparsed::NotCef), "-".to_owned()));
    assert_eq!(of("<incident/>", Format::Unparsed).0, Format::Unparsed);
}

#[test]
fn bytes_become_text_that_a_database_can_keep() {
    assert_eq!(text(b"a\0b"), "a␀b");
    assert_eq!(text(b"\xEF\xBB\xBFa"), "a");
    assert_eq!(text(b"N\xFA\xF1ez \x80 ok"), "Núñez \u{fffd} ok");
    for line in [
        &br#"{"a":"x\u0000y","b\u0000":"c"}"#[..],
        b"<Event><System><EventID>1&#0;</EventID></System></Event>",
    ] {
        let text = text(line);
        let event = read(&text, &CONTEXT);
        assert!(!event.fields.is_empty());
        assert!(event.fields.iter().all(|field| !field.value.contains('\0') && !field.name.contains('\0')));
    }
}

#[test]
fn an_event_without_a_time_has_that_of_its_arrival() {
    let event = read(FORTIGATE, &CONTEXT);
    let arrival: OffsetDateTime = CONTEXT.received_at;
    assert!(event.time.is_none());
    assert!(ocsf(&event).contains(&format!("\"time\":{}", arrival.unix_timestamp() * 1000)));
}
