//! What holds incidents, and what only looks as if: encodings, wrappers, lists, other people's JSON.
#![expect(clippy::expect_used, clippy::panic, reason = "a failed expectation ends a test")]

use fortisiem::{Delivery, Limits, Unreadable, payload_hash, read};
use vocab::Notification;

fn delivery(body: impl AsRef<[u8]>) -> Delivery {
    let body = body.as_ref();
    read(body, &Limits::default()).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(body)))
}

fn one(body: impl AsRef<[u8]>) -> Notification {
    let mut delivery = delivery(body);
    assert!(!delivery.is_list, "a list");
    delivery.elements.remove(0).reading.expect("an incident")
}

fn refused(body: impl AsRef<[u8]>) -> Unreadable {
    read(body.as_ref(), &Limits::default()).expect_err("a refusal")
}

fn codes(body: impl AsRef<[u8]>) -> Vec<&'static str> {
    let delivery = delivery(body);
    assert!(delivery.is_list, "no list");
    delivery
        .elements
        .iter()
        .map(|element| element.reading.as_ref().map_or_else(|e| e.code, |_| "ok"))
        .collect()
}

/// An incident with these attributes and children.
fn xml(attributes: &str, children: &str) -> String {
    format!(
        "<incident ruleType=\"PH_RULE_X\" severity=\"5\" {attributes}><name>X</name>{children}</incident>"
    )
}

#[test]
fn every_encoding_an_xml_body_may_have_is_read() {
    let text = "<?xml version='1.0' encoding='ENC'?><incident ruleType='PH_RULE_X' severity='5'><name>Año “x”</name></incident>";
    let utf8 = text.replace("ENC", "UTF-8");
    let mut marked = vec![0xEF, 0xBB, 0xBF];
    marked.extend(utf8.as_bytes());
    let utf16 = text.replace("ENC", "UTF-16");
    let little: Vec<u8> =
        [0xFEFF].into_iter().chain(utf16.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = [0xFEFF].into_iter().chain(utf16.encode_utf16()).flat_map(u16::to_be_bytes).collect();
    let latin = text.replace("ENC", "windows-1252");
    let latin: Vec<u8> = latin
        .chars()
        .map(|c| match c {
            '“' => 0x93,
            '”' => 0x94,
            c => u8::try_from(u32::from(c)).expect("a Latin character"),
        })
        .collect();
    for body in [utf8.into_bytes(), marked, little, big, latin] {
        let delivery = delivery(&body);
        assert_eq!(delivery.elements[0].raw, 0..body.len());
        assert_eq!(delivery.elements[0].reading.as_ref().expect("an incident").title, "Año “x”");
    }
    assert_eq!(
        refused(b"<?xml version='1.0' encoding='EBCDIC'?><incident ruleType='\xff'/>").code,
        "unknown_encoding"
    );
    let bad = refused(b"<incident ruleType='PH'>\n<name>\xff</name></incident>");
    assert_eq!((bad.code, bad.position.byte, bad.position.line, bad.position.column), ("not_utf8", 31, 2, 7));
}

#[test]
fn positions_and_ranges_point_into_the_body_as_it_came() {
    let text = "<incidents>ñ<incident ruleType='PH_RULE_A'/><incident ruleType='PH_RULE_B'>&nope;</incident></incidents>";
    let body: Vec<u8> = [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let delivery = delivery(&body);
    let first: Vec<u16> = body[delivery.elements[0].raw.clone()]
        .chunks(2)
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
        .collect();
    assert_eq!(String::from_utf16(&first).expect("UTF-16"), "<incident ruleType='PH_RULE_A'/>");
    let error = delivery.elements[1].reading.as_ref().expect_err("an undefined entity");
    assert_eq!((error.code, error.position.path.as_str()), ("xml_entity", "incidents/incident[1]"));
    assert_eq!(&body[error.position.byte..error.position.byte + 4], b"&\0n\0");
}

#[test]
fn what_surrounds_an_incident_is_tolerated() {
    let incident = xml("", "");
    for body in [
        format!("\u{feff}\n  \t{incident}"),
        format!("<!-- PHBOX RULE ENGINE -->\n{incident}\n"),
        format!("<?xml version=\"1.0\"?><?style x?><!-- a --> {incident} <!-- b -->"),
        format!("{incident}\0"),
        format!("<134>{incident}"),
        format!("<134>Nov 11 12:56:30 siem <?xml version='1.0'?>{incident}"),
        incident.replace("<incident", "<a:incident").replace("</incident", "</a:incident"),
    ] {
        assert_eq!(one(&body).rule_id, "PH_RULE_X", "{body}");
    }
}

#[test]
fn several_incidents_are_a_list_and_a_bad_one_sinks_no_neighbour() {
    let good = xml("", "");
    assert_eq!(codes(format!("<incidents>{good}{good}</incidents>")), ["ok", "ok"]);
    assert_eq!(codes(format!("<incidents>{good}</incidents>")), ["ok"]);
    assert_eq!(codes(format!("<anything><inside>{good}</inside></anything>")), ["ok"]);
    assert_eq!(codes(format!("{good}\n<?xml version='1.0'?>\n{good}")), ["ok", "ok"]);
    assert_eq!(codes("<incidents/>"), Vec::<&str>::new());
    for (bad, code) in [
        ("<incident severity='3'/>", "not_an_incident"),
        ("<incident ruleType='A'>&custom;</incident>", "xml_entity"),
        ("<incident ruleType='A'><name>no end</incident>", "xml_malformed"),
        ("<incident ruleType='A' ruleType='B'></incident>", "xml_malformed"),
        ("<incident ruleType='A'>a & b</incident>", "xml_malformed"),
        ("<event name='other'/>", "not_an_incident"),
    ] {
        assert_eq!(codes(format!("<incidents>{good}{bad}{good}</incidents>")), ["ok", code, "ok"], "{bad}");
        assert_eq!(codes(format!("<incidents>{bad}{good}</incidents>")), [code, "ok"], "{bad}");
        assert_eq!(refused(bad).code, code, "{bad}");
    }
    assert_eq!(
        codes(format!("<incidents>{good}{good}<incident ruleType='A'><na")),
        ["ok", "ok", "xml_malformed"]
    );
}

#[test]
fn an_answer_to_an_event_query_is_refused_unless_it_holds_incidents() {
    let answer = |events: &str| format!("<queryResult errorCode='0'><events>{events}</events></queryResult>");
    let log = "<event><custId>1</custId><attributes><attribute name='eventType'>ASA-Built</attribute></attributes></event>";
    assert_eq!(refused(answer(log)).code, "event_query");
    let raw = "<event><attributes><attribute name='rawEventMsg'>&lt;event name=\"phRuleIncident\"&gt;&lt;eventType&gt;PH_RULE_X&lt;/eventType&gt;&lt;/event&gt;</attribute></attributes></event>";
    let nested = "<event name='phRuleIncident'><eventType>PH_RULE_X</eventType></event>";
    assert_eq!(codes(answer(&format!("{log}{raw}{nested}"))), ["event_query", "ok", "ok"]);
}

#[test]
fn json_that_is_not_of_fortisiem_is_an_unknown_shape_and_nothing_else() {
    for other in [
        "{}",
        "[]",
        "[1, 2]",
        r#"{"title": "x", "severity": "high"}"#,
        r#"{"data": [], "title": "x"}"#,
        r#"{"data": [{"title": "x"}]}"#,
        r#"[{"eventType": "login"}]"#,
        r#"{"data": {"incidentTitle": "x"}}"#,
    ] {
        assert_eq!(refused(other).code, "unknown_shape", "{other}");
    }
    assert_eq!(refused(r#"{"incidentSrc": "a:b,"}"#).code, "not_an_incident");
    assert_eq!(refused(r#"{"incidentSrc": "#).code, "json_malformed");
    assert_eq!(
        refused("{\"incidentSrc\": \"\\ud800\", \"eventType\": \"PH_RULE_X\"}").code,
        "json_malformed"
    );
    assert_eq!(refused("plain text").code, "unknown_shape");
    assert_eq!(refused("<html><body>x</body></html>").code, "unknown_shape");
    for empty in ["", " \n\t", "\u{feff}", "<!-- nothing -->"] {
        assert_eq!(refused(empty).code, "empty", "{empty:?}");
    }
}

#[test]
fn json_lists_come_bare_or_in_a_page() {
    let item = r#"{"eventType": "PH_RULE_X", "eventSeverity": 5}"#;
    assert_eq!(codes(format!("[{item}, 7, {item}]")), ["ok", "not_an_incident", "ok"]);
    assert_eq!(codes(format!("{{\"data\": [{item}]}}")), ["ok"]);
    assert_eq!(codes(format!("{{\"incidents\": [{item}], \"total\": 1}}")), ["ok"]);
    assert_eq!(codes(r#"{"total": 0, "data": [], "start": 0}"#), Vec::<&str>::new());
    let body = format!("{{\"data\": [{item}, {{\"eventType\": \"PH_RULE_Y\"}}]}}");
    let ranges: Vec<_> =
        delivery(&body).elements.into_iter().map(|element| body[element.raw].to_owned()).collect();
    assert_eq!(ranges, [item, "{\"eventType\": \"PH_RULE_Y\"}"]);
}

#[test]
fn lines_of_cef_are_a_list_and_a_raw_event_may_span_lines() {
    let line = "CEF:0|Fortinet|FortiSIEM|ANY|1|PH_RULE_X|5|cnt=1";
    assert_eq!(codes(format!("{line}\nnonsense\n\n{line}\r\n")), ["ok", "unknown_shape", "ok"]);
    let spanning =
        format!("{line} rawEvent=<event name=\"phRuleIncident\">\n<count>9</count>\n</event>\n{line}");
    let delivery = delivery(&spanning);
    let counts: Vec<_> =
        delivery.elements.iter().filter_map(|e| e.reading.as_ref().ok()).map(|n| n.occurrences).collect();
    assert_eq!(counts, [9, 1]);
    assert_eq!(refused("CEF:0|Other|Product|1|7|Name|5|a=b").code, "unknown_shape");
    assert_eq!(refused("CEF:0|Fortinet|FortiSIEM|1|7").code, "cef_malformed");
}

#[test]
fn a_payload_hash_ignores_the_white_space_around_the_body_only() {
    assert_eq!(payload_hash(b"<a/>"), payload_hash(b" \r\n<a/>\n"));
    assert_ne!(payload_hash(b"<a/>"), payload_hash(b"<a />"));
    assert_ne!(payload_hash(b""), payload_hash(b"x"));
}
