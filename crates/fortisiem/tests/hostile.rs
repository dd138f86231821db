//! What is sent to do harm: refused or cut, and quickly.
#![expect(clippy::expect_used, reason = "a failed expectation ends a test")]

use std::time::{Duration, Instant};

use fortisiem::{Limits, Unreadable, read};

fn in_time<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    // Unoptimised code on a busy machine; an attack that works takes minutes.
    assert!(start.elapsed() < Duration::from_secs(2), "{what} took {:?}", start.elapsed());
    result
}

fn refused(what: &str, body: &[u8]) -> Unreadable {
    in_time(what, || read(body, &Limits { bytes: usize::MAX, ..Limits::default() })).expect_err(what)
}

#[test]
fn documents_with_a_document_type_are_refused() {
    let laughs = "<?xml version='1.0'?><!DOCTYPE l [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;&a;&a;'>]>\
                  <incident ruleType='PH_RULE_X'><name>&b;</name></incident>";
    let external = "<!DOCTYPE i [<!ENTITY x SYSTEM 'file:///etc/hostname'>]><incident ruleType='&x;'/>";
    let late =
        "<incidents><incident ruleType='PH_RULE_X'/><!DOCTYPE i><incident ruleType='PH_RULE_X'/></incidents>";
    let inside = "<incident ruleType='PH_RULE_X'><!DOCTYPE i SYSTEM 'http://a.example/'></incident>";
    for body in [laughs, external, late, inside, "<!DOCTYPE html><html></html>"] {
        assert_eq!(refused(body, body.as_bytes()).code, "xml_doctype", "{body}");
    }
}

#[test]
fn undefined_entities_are_refused_where_they_stand() {
    let error = refused("entity", b"<incident ruleType='PH_RULE_X'>\n <name>&xxe;</name></incident>");
    assert_eq!((error.code, error.position.line, error.position.column), ("xml_entity", 2, 8));
    assert_eq!(error.position.path, "incident/name");
    assert_eq!(
        error.to_string(),
        "an entity is used that XML does not define at line 2, column 8 (incident/name)"
    );
    assert_eq!(refused("attribute", b"<incident ruleType='&xxe;'/>").code, "xml_entity");
}

#[test]
fn masses_are_refused_quickly() {
    let attributes: String = (0..100_000).map(|i| format!(" a{i}='1'")).collect();
    let equal = " a='1'".repeat(100_000);
    let deep = "<a>".repeat(100_000);
    let deep_inside = format!("<incident ruleType='PH_RULE_X'>{deep}");
    let wide = format!("<incident ruleType='PH_RULE_X'>{}</incident>", "<a/>".repeat(100_000));
    let deep_json = format!("{{\"incidentSrc\":{}", "[".repeat(100_000));
    let wide_json: String = (0..50_000).map(|i| format!("\"a{i}\":1,")).collect();
    for (what, body, code) in [
        ("attributes", format!("<incident{attributes}/>"), "too_many_attributes"),
        ("equal attributes", format!("<incident{equal}/>"), "xml_malformed"),
        ("depth", deep, "too_deep"),
        ("depth inside", deep_inside, "too_deep"),
        ("width", wide, "too_many_members"),
        ("JSON depth", deep_json, "too_deep"),
        ("JSON width", format!("{{{wide_json}\"eventType\":\"PH_RULE_X\"}}"), "too_many_members"),
        ("brackets", "<".repeat(1 << 20), "xml_malformed"),
        ("open tag", format!("<incident {}", "a".repeat(1 << 20)), "xml_malformed"),
        ("open quote", format!("<incident a='{}", "a".repeat(1 << 20)), "xml_malformed"),
        ("open comment", format!("<!--{}", "-".repeat(1 << 20)), "xml_malformed"),
        ("open data", format!("<incident><![CDATA[{}", "]".repeat(1 << 20)), "xml_malformed"),
        ("unclosed", "<incident ruleType='PH_RULE_X'><name>x</name>".to_owned(), "xml_malformed"),
        ("ampersands", format!("<incident>{}</incident>", "&".repeat(1 << 20)), "xml_malformed"),
        ("equal signs", format!("CEF:0|Fortinet|FortiSIEM|1|||5|{}", "=".repeat(1 << 20)), "not_an_incident"),
        ("spaces", " ".repeat(1 << 20), "empty"),
    ] {
        assert_eq!(refused(what, body.as_bytes()).code, code, "{what}");
    }
}

#[test]
fn lists_of_bad_elements_take_linear_time() {
    let bad = "<incident>".repeat(50_000);
    refused("never closed", bad.as_bytes());
    let half = format!("<incidents>{}</incidents>", "<incident>&x;</incident>".repeat(9_000));
    let delivery = in_time("half bad", || read(half.as_bytes(), &Limits::default())).expect("a list");
    assert_eq!(delivery.elements.len(), 9_000);
    let wide: Vec<u8> = [0xFEFF].into_iter().chain(half.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    in_time("half bad and wide", || read(&wide, &Limits::default())).expect("a list");
    let json = format!("[{}{{\"eventType\":\"PH_RULE_X\"}}]", "{\"incidentSrc\":0},".repeat(9_000));
    in_time("bad JSON", || read(json.as_bytes(), &Limits::default())).expect("a list");
    let cef =
        "CEF:0|Fortinet|FortiSIEM|ANY|1|\n".repeat(9_000) + "CEF:0|Fortinet|FortiSIEM|ANY|1|PH_RULE_X|5|";
    in_time("bad CEF", || read(cef.as_bytes(), &Limits::default())).expect("a list");
    let joined = "CEF:0|Fortinet|FortiSIEM|ANY|1|PH_RULE_X|5|rawEvent=\n".to_owned() + &"x\n".repeat(400_000);
    in_time("joined CEF", || read(joined.as_bytes(), &Limits::default())).expect("an incident");
    let many = format!("<incidents>{}</incidents>", "<incident ruleType='A'/>".repeat(10_001));
    let many = in_time("too many", || read(many.as_bytes(), &Limits::default())).expect("a list");
    assert_eq!(many.elements.len(), 10_001);
    let last = many.elements.last().and_then(|element| element.reading.as_ref().err());
    assert_eq!(last.map(|error| error.code), Some("too_many_elements"));
}

#[test]
fn long_values_of_an_incident_are_cut_or_read_in_time() {
    for (what, value) in [
        ("commas", ",".repeat(900_000)),
        ("names", "srcIpAddr:1,".repeat(70_000)),
        ("colons", ":".repeat(900_000)),
        ("techniques", (0..90_000).map(|i| format!("T{:04}.{:03} ", i / 1000, i % 1000)).collect()),
        ("brackets", "(".repeat(900_000)),
        ("words", "a ".repeat(450_000)),
        ("lines", "[x]\n".repeat(200_000)),
    ] {
        for name in ["incidentSource", "mitreTechniqueId", "mitreTactic", "rawEvents", "displayTime", "name"]
        {
            let body =
                format!("<incident ruleType='PH_RULE_X' severity='5'><{name}>{value}</{name}></incident>");
            in_time(what, || read(body.as_bytes(), &Limits::default())).expect("an incident");
        }
    }
}

#[test]
fn a_body_beyond_the_limit_is_not_looked_at() {
    let error = read(&[b'<'; 2 << 20], &Limits::default()).expect_err("a refusal");
    assert_eq!((error.code, error.position.byte), ("too_large", 0));
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    for body in [
        &b"\xff\xff\xff"[..],
        b"<incident ruleType='\xc3\x28'/>",
        b"{\"eventType\":\"\xf0\x9f\"}",
        b"\xff\xfe\x00\xd8",
    ] {
        assert_eq!(refused("bytes", body).code, "not_utf8", "{body:?}");
    }
}
