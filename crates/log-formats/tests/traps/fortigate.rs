//! FortiGate's.

use log_formats::{Context, Format, Problem, Severity, read};
use time::UtcOffset;
use time::macros::datetime;

use crate::{CONTEXT, FORTIGATE, check, part};

#[track_caller]
fn fortigate(rest: &str, expected: &[(&str, &str)]) {
    check(&format!("{FORTIGATE}{rest}"), Format::FortigateKeyValue, expected);
}

#[test]
fn text_within_a_quoted_value_is_never_a_field() {
    let kept = [("@source", "10.0.0.1"), ("srcip", "10.0.0.1")];
    for url in [
        r#"url="/a srcip=10.6.6.6 level=alert" srcip=10.0.0.1"#,
        r#"url="/a\" srcip=10.6.6.6 \"" srcip=10.0.0.1"#,
        r#"url="/a\\\" srcip=10.6.6.6 x" srcip=10.0.0.1"#,
        r#"url="/a"b" srcip=10.0.0.1"#,
        r#"url="=srcip=10.6.6.6" srcip=10.0.0.1"#,
        r#"url="/a,srcip=10.6.6.6," srcip=10.0.0.1"#,
        "url=\"/a\tsrcip=10.6.6.6\" srcip=10.0.0.1",
        r#"srcip=10.0.0.1 url="/a srcip=10.6.6.6"#,
    ] {
        fortigate(url, &kept);
    }
}

#[test]
fn a_quote_that_ends_nothing_is_part_of_its_value() {
    fortigate(
        r#"msg="User "ana" came in" srcip=10.0.0.1"#,
        &[("msg", r#"User "ana" came in"#), ("@source", "10.0.0.1")],
    );
    fortigate(r#"msg="a" b "c" srcip=10.0.0.1"#, &[("msg", r#"a" b "c"#), ("@source", "10.0.0.1")]);
    // With another `key=` behind it a quote that a device left unescaped cannot be told from an end. Then the first of two
    // counts, and that there are two is a problem.
    let line = format!("{FORTIGATE}srcip=10.0.0.1 url=\"/say \"hi\" srcip=10.6.6.6\"");
    let event = read(&line, &CONTEXT);
    assert_eq!(part(&event, "@source"), "10.0.0.1");
    assert_eq!(event.problems.first(), Some(&Problem::Repeated("srcip".into())));
}

#[test]
fn values_of_fortigate_are_read_as_written() {
    fortigate(r#"user="" group= srcip=10.0.0.1"#, &[("user", ""), ("group", ""), ("@user", "-")]);
    fortigate(r#"msg="a \"b\" c\\d C:\temp""#, &[("msg", r#"a "b" c\d C:\temp"#)]);
    fortigate(r#"url="/truncated srcip=10.6.6.6"#, &[("url", "/truncated srcip=10.6.6.6"), ("@source", "-")]);
    fortigate(r#"msg="end"|"#, &[("msg", "end"), ("@message", "end")]);
    fortigate(r#"iccid="89302720403038146410" sessionid=4290830038"#, &[("iccid", "89302720403038146410")]);
    fortigate("ui=https(192.0.2.9) action=Edit", &[("@source", "192.0.2.9"), ("ui", "https(192.0.2.9)")]);
    fortigate(
        "user=(null) srcip=N/A dstip=0.0.0.0",
        &[("@user", "-"), ("@source", "-"), ("@destination", "-")],
    );
    fortigate(r#"cert-type="CRL" a.b=c"#, &[("cert-type", "CRL"), ("a.b", "c")]);
    fortigate(r#"user="john.doe,cn=john.doe""#, &[("@user", "john.doe,cn=john.doe")]);
    fortigate(
        r#"status="Success" and words of prose"#,
        &[("status", "Success"), ("@message", "and words of prose")],
    );
    fortigate("srcip=::ffff:192.0.2.4", &[("@source", "192.0.2.4")]);
    fortigate(
        "remip=192.0.2.5 remport=500 locip=192.0.2.6",
        &[("@source", "192.0.2.5"), ("@source_port", "500"), ("@destination", "192.0.2.6")],
    );
    check(
        "Mar 24 12:19:43 date=2011-07-25 time=08: 19:42 devname=A device_id=FGX log_id=0038016002 type=traffic pri=notice \
         src=10.1.1.1 dst=10.2.2.2 src_port=80 status=accept",
        Format::FortigateKeyValue,
        &[
            ("time", "08: 19:42"),
            ("@source", "10.1.1.1"),
            ("@source_port", "80"),
            ("@code", "0038016002"),
            ("@action", "accept"),
        ],
    );
    check(
        "date=2026-02-12,time=14:10:42,logid=1,type=anomaly,msg=\"a, b=c, d\",srcip=10.0.0.1,x=one two",
        Format::FortigateCsv,
        &[("msg", "a, b=c, d"), ("b", "-"), ("@source", "10.0.0.1"), ("x", "one two")],
    );
    let event = format!("{FORTIGATE}srcip=10.0.0.1 srcip=10.6.6.6");
    let event = read(&event, &CONTEXT);
    assert_eq!(part(&event, "@source"), "10.0.0.1");
    assert_eq!(event.problems, [Problem::Repeated("srcip".into())]);
    assert_eq!(event.fields.len(), 7);
}

#[test]
fn a_rule_is_called_by_the_surest_name() {
    fortigate("attack=\"A\" app=\"B\"", &[("@rule", "A")]);
    fortigate("virus=\"V\" catdesc=\"C\"", &[("@rule", "V")]);
    fortigate("catdesc=\"C\" app=\"B\" logdesc=\"L\"", &[("@rule", "C")]);
    fortigate("logdesc=\"L\"", &[("@rule", "L")]);
    fortigate("", &[("@rule", "traffic/forward")]);
}

#[test]
fn fortigates_times_are_read_in_every_unit() {
    for (rest, expected) in [
        ("eventtime=1779184800", "2026-05-19 10:00:00.0 +00:00:00"),
        ("eventtime=1779184800123", "2026-05-19 10:00:00.123 +00:00:00"),
        ("eventtime=1779184800123456789", "2026-05-19 10:00:00.123456789 +00:00:00"),
        ("date=2026-05-19 time=10:00:00 tz=\"-0300\"", "2026-05-19 13:00:00.0 +00:00:00"),
        ("timestamp=1779184800", "-"),
        ("date=2026-05-19 time=10:00:00", "-"),
        ("date=2026-05-19 time=10:00:00 tz=ART", "-"),
    ] {
        fortigate(rest, &[("@time", expected)]);
    }
    let zone = UtcOffset::from_hms(2, 0, 0).ok();
    let line = format!("{FORTIGATE}date=2026-05-19 time=10:00:00");
    let event = read(&line, &Context { zone, ..CONTEXT });
    assert_eq!(event.time, Some(datetime!(2026-05-19 08:00:00 UTC)));
    assert_eq!(read(&line, &CONTEXT).problems, [Problem::NoZone]);
}

#[test]
fn the_level_of_an_event_is_not_how_bad_it_is() {
    for (rest, expected) in [
        ("type=utm severity=critical level=notice", Severity::Critical),
        ("type=utm crlevel=high level=notice", Severity::High),
        ("type=utm level=alert", Severity::Critical),
        ("type=event subtype=system level=alert action=login status=failed", Severity::Medium),
        ("type=event level=warning", Severity::Low),
        ("type=traffic level=notice", Severity::Informational),
        ("type=traffic", Severity::Unknown),
        ("type=utm level=emergency", Severity::Fatal),
    ] {
        let line = format!("devid=FG1 logid=1 {rest}");
        assert_eq!(read(&line, &CONTEXT).severity, expected, "{rest}");
    }
}

#[test]
fn fortigates_cef_has_fortigates_names() {
    let header = "CEF:0|Fortinet|Fortigate|v7|13|traffic:forward close|3|";
    check(
        &format!(
            "{header}FTNTFGTlogid=0000000013 cat=traffic:forward FTNTFGTsubtype=forward src=10.0.0.1 spt=5 dst=10.0.0.2 act=close app=HTTP duser=ana cs5=10 cs5Label=Policy Id msg=a\\=b FTNTFGTurl=/x\\=srcip"
        ),
        Format::FortigateCef,
        &[
            ("logid", "0000000013"),
            ("type", "traffic"),
            ("srcip", "10.0.0.1"),
            ("service", "HTTP"),
            ("policyid", "10"),
            ("@user", "ana"),
            ("msg", "a=b"),
            ("url", "/x=srcip"),
            ("@source_port", "5"),
        ],
    );
    check(
        &format!(
            "{header}FortinetFortiGatelogid=0001000014 FortinetFortiGatelevel=notice src=1.example dst=10.0.0.2"
        ),
        Format::FortigateCef,
        &[("@code", "0001000014"), ("level", "notice"), ("@source", "-"), ("@destination", "10.0.0.2")],
    );
    check("0|Fortinet|Fortigate|v7|13|n|3|FTNTFGTlogid=1", Format::FortigateCef, &[("@code", "1")]);
    check(
        r#"{"devid":"FG1","logid":"0000000013","type":"traffic","srcip":"10.0.0.1","srcport":5}"#,
        Format::FortigateJson,
        &[("@source", "10.0.0.1"), ("@source_port", "5"), ("@code", "0000000013")],
    );
}
