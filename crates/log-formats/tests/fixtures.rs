//! Every fixture beside what has to be read from it: the flat columns, the problems and the OCSF record.
#![expect(clippy::expect_used, reason = "a failed expectation ends a test")]

use std::fs;
use std::path::Path;

use log_formats::{Context, Event, ocsf, read, text};
use serde_json::{Value, json};
use time::UtcOffset;
use time::format_description::well_known::Rfc3339;
use time::macros::datetime;

fn as_json(event: &Event<'_>) -> Value {
    json!({
        "format": event.format.as_str(),
        "time": event.time.map(|at| at.format(&Rfc3339).expect("a time")),
        "source": [json!(event.source_ip), json!(event.source_port)],
        "destination": [json!(event.destination_ip), json!(event.destination_port)],
        "user": event.user,
        "host": event.host,
        "action": event.action,
        "severity": event.severity.id(),
        "rule_name": event.rule_name,
        "event_code": event.event_code,
        "device": event.device,
        "product": event.product,
        "vendor": event.vendor,
        "fields": event.fields.len(),
        "problems": event.problems.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "ocsf": serde_json::from_str::<Value>(&ocsf(event)).expect("OCSF is JSON"),
    })
}

#[test]
fn every_fixture_reads_as_expected() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let context =
        Context { received_at: datetime!(2026-11-21 02:00:00 UTC), zone: Some(UtcOffset::UTC), format: None };
    let mut count = 0;
    for file in fs::read_dir(&directory).expect("the fixtures") {
        let path = file.expect("a fixture").path();
        let name = path.file_name().and_then(|name| name.to_str()).expect("a plain name").to_owned();
        if name.ends_with(".expected.json") {
            continue;
        }
        let expected = fs::read_to_string(directory.join(format!("{name}.expected.json")));
        let expected: Value =
            serde_json::from_str(expected.as_deref().unwrap_or("null")).expect("expected JSON");
        let bytes = fs::read(&path).expect("the fixture");
        let found = as_json(&read(&text(&bytes), &context));
        assert!(
            found == expected,
            "{name} reads as\n{}",
            serde_json::to_string_pretty(&found).expect("JSON")
        );
        count += 1;
    }
    assert_eq!(count, 11, "a fixture is missing");
}
