//! Every kind of header, and every trap, beside what has to be read from it.
#![expect(clippy::expect_used, reason = "a failed expectation ends a test")]

use syslog::{Arrival, Header, Message, Problem, parse};
use time::format_description::well_known::Rfc3339;
use time::macros::datetime;
use time::{OffsetDateTime, UtcOffset};

fn arrival() -> Arrival {
    Arrival { received_at: datetime!(2026-11-21 02:00:00 UTC), zone: UtcOffset::UTC }
}

fn at(text: &str) -> OffsetDateTime {
    OffsetDateTime::parse(text, &Rfc3339).expect("a time")
}

/// What a line has to say: header, priority, time, host, app, process id, message id, body. `-` is none.
#[track_caller]
fn check<'a>(line: &'a str, expected: [&str; 8]) -> Message<'a> {
    let message = parse(line.as_bytes(), &arrival());
    let text = |part: Option<&str>| part.unwrap_or("-").to_owned();
    let found = [
        format!("{:?}", message.header),
        format!("{}.{}", message.priority.facility(), message.priority.severity()),
        message.time.map_or("-".to_owned(), |time| time.at.format(&Rfc3339).expect("a time")),
        text(message.host),
        text(message.app),
        text(message.process_id),
        text(message.message_id),
        String::from_utf8_lossy(message.body).into_owned(),
    ];
    assert_eq!(found, expected, "{line:?}");
    message
}

#[test]
fn rfc_5424_is_read_with_all_its_fields() {
    let message = check(
        "<165>1 2026-10-11T22:14:15.003Z fw.example.com evntslog 4711 ID47 [ex@32473 iut=\"3\"] An event",
        [
            "Rfc5424",
            "20.5",
            "2026-10-11T22:14:15.003Z",
            "fw.example.com",
            "evntslog",
            "4711",
            "ID47",
            "An event",
        ],
    );
    assert_eq!(message.problems, []);
    assert_eq!(message.structured_data.get("ex@32473", "iut").as_deref(), Some("3"));
    check("<0>1 - - - - - -", ["Rfc5424", "0.0", "-", "-", "-", "-", "-", ""]);
    check(
        "<13>1 2026-01-01T00:00:00-03:30 h a - - - \u{feff}ñandú\r\n\0",
        ["Rfc5424", "1.5", "2026-01-01T03:30:00Z", "h", "a", "-", "-", "ñandú"],
    );
    let long = check(
        "<13>1 2026-01-01T00:00:00.1234567Z h a - - - m",
        ["Rfc5424", "1.5", "2026-01-01T00:00:00.1234567Z", "h", "a", "-", "-", "m"],
    );
    assert_eq!(long.problems, [Problem::LongFraction]);
}

#[test]
fn what_rfc_5424_does_not_allow_is_kept_and_named() {
    for line in [
        "<13>1 2026-10-11T22:14:60Z h a - - - m",
        "<13>1 2026-10-11t22:14:15Z h a - - - m",
        "<13>1 2026-10-11T22:14:15 h a - - - m",
        "<13>1 2026-02-29T22:14:15Z h a - - - m",
        "<13>1 2026-10-11T22:14:15Z h a - -",
        "<13>1 2026-10-11T22:14:15Z  a - - - m",
        "<13>1 2026-10-11T22:14:15Z h a - - [x y=\"z] m",
        "<13>1 2026-10-11T22:14:15Z h a - - [x y=\"]\"] m",
        "<13>1 2026-10-11T22:14:15Z h a - - [] m",
        "<13>1 2026-10-11T22:14:15Z h a - - m",
    ] {
        let message = parse(line.as_bytes(), &arrival());
        assert_ne!(message.header, Header::Rfc5424, "{line:?}");
        assert!(matches!(message.problems[..], [Problem::NotRfc5424(_)]), "{line:?}: {:?}", message.problems);
        assert!(line.ends_with(std::str::from_utf8(message.body).expect("text")) && !message.body.is_empty());
    }
    let twice = parse(b"<13>1 - h a - - [x a=\"1\"][y][x a=\"2\"] m", &arrival());
    assert_eq!((twice.header, &twice.problems[..]), (Header::Rfc5424, &[Problem::RepeatedElement][..]));
    let long = format!("<13>1 - {} a - - [{}] m", "h".repeat(256), "x".repeat(33));
    let problems = parse(long.as_bytes(), &arrival()).problems;
    assert_eq!(problems, [Problem::HeaderField("HOSTNAME"), Problem::StructuredDataName]);
}

#[test]
fn a_header_of_version_time_and_host_alone_is_read() {
    check(
        "<134>1 2026-01-18T11:07:53.520Z leefhost LEEF:1.0|Vendor|Product|1|id|src=192.0.2.1",
        [
            "Rfc3164",
            "16.6",
            "2026-01-18T11:07:53.52Z",
            "leefhost",
            "-",
            "-",
            "-",
            "LEEF:1.0|Vendor|Product|1|id|src=192.0.2.1",
        ],
    );
}

#[test]
fn only_three_escapes_of_structured_data_are_any_and_names_may_repeat() {
    let line = r#"<13>1 - h a - - [x k="a\"b\\c\]d\ne" k="two" e=""][y] [not="data"]"#;
    let message = check(line, ["Rfc5424", "1.5", "-", "h", "a", "-", "-", "[not=\"data\"]"]);
    let elements: Vec<_> = message.structured_data.elements().collect();
    let parameters: Vec<_> =
        elements[0].parameters().map(|(name, value)| (name, value.into_owned())).collect();
    assert_eq!(
        parameters,
        [("k", r#"a"b\c]d\ne"#.to_owned()), ("k", "two".to_owned()), ("e", String::new())]
    );
    assert_eq!((elements[1].id, elements[1].parameters().count()), ("y", 0));
    assert_eq!(message.structured_data.get("x", "k").as_deref(), Some(r#"a"b\c]d\ne"#));
}

#[test]
fn rfc_3164_is_read_as_devices_write_it() {
    let time = "2026-10-11T22:14:15Z";
    for (line, expected) in [
        ("<34>Oct 11 22:14:15 host su[12]: text", ["4.2", time, "host", "su", "12", "text"]),
        ("<34>Oct 11 22:14:15 host su: text", ["4.2", time, "host", "su", "-", "text"]),
        ("<34> OCT 11 22:14:15 host su: text", ["4.2", time, "host", "su", "-", "text"]),
        ("<34>Oct  1 22:14:15 host su: x", ["4.2", "2026-10-01T22:14:15Z", "host", "su", "-", "x"]),
        ("<34>Oct 1 22:14:15.5 host su: x", ["4.2", "2026-10-01T22:14:15.5Z", "host", "su", "-", "x"]),
        ("<133>Oct 11 22:14:15 haproxy[7]: started", ["16.5", time, "-", "haproxy", "7", "started"]),
        ("<133>Oct 11 22:14:15 sshd(pam_unix)[7]: x", ["16.5", time, "-", "sshd(pam_unix)", "7", "x"]),
        (
            "Oct 11 22:14:15 host.example app[1]: no priority",
            ["1.5", time, "host.example", "app", "1", "no priority"],
        ),
        ("<34>Oct 11 2026 22:14:15: host su: x", ["4.2", time, "host", "su", "-", "x"]),
        ("<34>Oct 11 22:14:15 2026 host su: x", ["4.2", time, "host", "su", "-", "x"]),
        ("<34>Oct 11 22:14:15 2001:db8::1 su: x", ["4.2", time, "2001:db8::1", "su", "-", "x"]),
        ("<34>Oct 11 22:14:15 Übergröße su: x", ["4.2", time, "Übergröße", "su", "-", "x"]),
        ("<34>Oct 11 22:14:15 - su: x", ["4.2", time, "-", "su", "-", "x"]),
        ("<34>Oct 11 22:14:15 host", ["4.2", time, "host", "-", "-", ""]),
        ("<34>Oct 11 22:14:15", ["4.2", time, "-", "-", "-", ""]),
        ("<34>Oct 11 22:14:15 host tag[1] x", ["4.2", time, "host", "tag", "1", "x"]),
        ("<34>Oct 11 22:14:15 host two words", ["4.2", time, "host", "-", "-", "two words"]),
        (
            "<38>Oct 11 22:14:15 Message forwarded from aix: sshd[6]: x",
            ["4.6", time, "aix", "sshd", "6", "x"],
        ),
        ("<13>2026-10-12T00:14:15.000+02:00 host su: x", ["1.5", time, "host", "su", "-", "x"]),
        ("<13>2026-10-11 22:14:15 host su: x", ["1.5", time, "host", "su", "-", "x"]),
        (
            "2026-10-11T22:14:15Z 192.0.2.1 date=2026-10-11",
            ["1.5", time, "192.0.2.1", "-", "-", "date=2026-10-11"],
        ),
        ("<189>123: Oct 11 22:14:15 UTC: %SYS-5-X: y", ["23.5", time, "-", "%SYS-5-X", "-", "y"]),
        ("<189>123: *Oct 11 22:14:15.000: %SYS-5-X: y", ["23.5", time, "-", "%SYS-5-X", "-", "y"]),
        ("<189>9: r1: .Oct 11 22:14:15.000 GMT: %SYS-5-X: y", ["23.5", time, "r1", "%SYS-5-X", "-", "y"]),
        ("<190>Oct 11 2026 22:14:15 %ASA-6-1: y", ["23.6", time, "-", "%ASA-6-1", "-", "y"]),
        ("<13>xapi: [error] y", ["1.5", "-", "-", "xapi", "-", "[error] y"]),
    ] {
        let [priority, time, host, app, id, body] = expected;
        check(line, ["Rfc3164", priority, time, host, app, id, "-", body]);
    }
}

#[test]
fn a_body_is_not_taken_for_a_header() {
    for body in [
        "date=2026-05-19 time=10:00:00 devname=\"FGT1\"",
        "CEF:0|Fortinet|Fortigate|v7|1|n|3|src=192.0.2.1",
        "CEF: 0|Fortinet|FortiSIEM|ANY|1|PH_RULE_X|5|src=192.0.2.1",
        "LEEF:2.0|V|P|1|id|^|src=192.0.2.1",
        "MSWinEventLog\t1\tSecurity\t1",
        "{\"a\": 1}",
        "<Event xmlns='x'/>",
        "10:20:30: x",
        "http://example.com/ x",
    ] {
        check(&format!("<189>{body}"), ["None", "23.5", "-", "-", "-", "-", "-", body]);
        let line = format!("<189>Oct 11 22:14:15 host {body}");
        check(&line, ["Rfc3164", "23.5", "2026-10-11T22:14:15Z", "host", "-", "-", "-", body]);
        let line = format!("<189>Oct 11 22:14:15 {body}");
        let message = parse(line.as_bytes(), &arrival());
        let first = body.split(' ').next().expect("a word");
        assert!(message.host.is_none() || message.host == Some(first), "{line}: {:?}", message.host);
    }
    let message = check("This is a message!", ["None", "1.5", "-", "-", "-", "-", "-", "This is a message!"]);
    assert_eq!(message.problems, [Problem::NoPriority]);
    for line in ["<192>x", "<1", "<>x", "<1a>x", "<0001>x", "<189 Feb  3 12:34:56 host p: m"] {
        check(line, ["None", "1.5", "-", "-", "-", "-", "-", line]);
    }
}

#[test]
fn a_time_without_a_year_is_the_one_next_to_the_arrival() {
    for (received, line, expected) in [
        ("2027-01-01T00:00:05Z", "<34>Dec 31 23:59:59 h su: x", Some("2026-12-31T23:59:59Z")),
        ("2026-12-31T23:59:58Z", "<34>Jan  1 00:00:01 h su: x", Some("2027-01-01T00:00:01Z")),
        ("2026-12-31T00:00:00Z", "<34>Jan  1 12:00:00 h su: x", Some("2026-01-01T12:00:00Z")),
        ("2028-03-01T00:00:00Z", "<34>Feb 29 23:00:00 h su: x", Some("2028-02-29T23:00:00Z")),
        ("2029-01-10T00:00:00Z", "<34>Feb 29 23:00:00 h su: x", Some("2028-02-29T23:00:00Z")),
        ("2026-03-01T00:00:00Z", "<34>Feb 29 23:00:00 h su: x", None),
        ("2026-03-01T00:00:00Z", "<34>Feb 30 23:00:00 h su: x", None),
    ] {
        let arrival = Arrival { received_at: at(received), zone: UtcOffset::UTC };
        let message = parse(line.as_bytes(), &arrival);
        assert_eq!(message.time.map(|time| time.at), expected.map(at), "{line:?} received {received}");
        assert_eq!((message.host, message.app), (Some("h"), Some("su")), "{line:?}");
        assert_eq!(message.problems.contains(&Problem::NoSuchDay), expected.is_none(), "{line:?}");
    }
}

#[test]
fn a_time_without_a_zone_is_in_the_zone_of_its_source() {
    let zone = UtcOffset::from_hms(-3, 0, 0).expect("a zone");
    let arrival = Arrival { received_at: at("2027-01-01T02:59:00Z"), zone };
    let message = parse(b"<34>Dec 31 23:58:00 h su: x", &arrival);
    let time = message.time.expect("a time");
    assert_eq!(time.at, at("2027-01-01T02:58:00Z"));
    assert!(!time.has_zone && !time.has_year);
}

#[test]
fn a_text_that_is_a_time_is_read_whole() {
    for (text, expected, has_zone) in [
        ("2026-10-11T22:14:15.003Z", "2026-10-11T22:14:15.003Z", true),
        ("2026-10-11 22:14:15", "2026-10-11T22:14:15Z", false),
        ("Sun Oct 11 22:14:15 2026", "2026-10-11T22:14:15Z", false),
        ("Oct 11 2026 22:14:15 GMT", "2026-10-11T22:14:15Z", true),
        ("Oct 11 2026 22:14:15 EST", "2026-10-11T22:14:15Z", false),
        ("Oct 11 22:14:15", "2026-10-11T22:14:15Z", false),
    ] {
        let time = syslog::read_time(text, &arrival()).expect(text);
        assert_eq!((time.at, time.has_zone), (at(expected), has_zone), "{text:?}");
    }
    for text in ["", "-", "yesterday", "Oct 11", "2026-10-11", "Oct 11 22:14:15 2026 x1", "1747221570"] {
        assert!(syslog::read_time(text, &arrival()).is_none(), "{text:?}");
    }
}

#[test]
fn bytes_that_are_no_text_stay_in_the_body() {
    let message = parse(b"<13>Oct 11 22:14:15 h t: \xff\xfe\xe4", &arrival());
    assert_eq!((message.host, message.app, message.body), (Some("h"), Some("t"), &b"\xff\xfe\xe4"[..]));
    let message = parse(b"<13>Oct 11 22:14:15 \xff\xfe t: x", &arrival());
    assert_eq!((message.host, message.body), (None, &b"\xff\xfe t: x"[..]));
    let message = parse(b"<13>1 - h\xff a - - - x", &arrival());
    assert_eq!((message.header, message.body), (Header::None, &b"1 - h\xff a - - - x"[..]));
}

#[test]
fn what_a_relay_escaped_is_undone_only_where_the_content_shows_it() {
    let undo = |text: &str| {
        String::from_utf8(syslog::undo_relay_escapes(text.as_bytes()).into_owned()).expect("text")
    };
    assert_eq!(undo("MSWinEventLog#0111#011Security"), "MSWinEventLog\t1\tSecurity");
    assert_eq!(undo("a#015#012b#011c#303#012"), "a\r\nb\tc#303\n");
    for kept in ["order #011 and #012", "MSWinEventLog\t#011", "#", "#01", "MSWinEventLog"] {
        assert_eq!(undo(kept), kept);
    }
}
