//! Every fixture beside what has to be read from it.
#![expect(clippy::expect_used, reason = "a failed expectation ends a test")]

use std::fs;
use std::path::Path;

use fortisiem::{Limits, read};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use vocab::Notification;

fn notification_as_json(notification: &Notification) -> Value {
    let mut json = serde_json::to_value(notification).expect("JSON");
    let text = |at: Option<OffsetDateTime>| at.map(|at| at.format(&Rfc3339).expect("a time"));
    json["event_time"] = json!(text(notification.event_time));
    json["first_seen"] = json!(text(notification.first_seen));
    json["last_seen"] = json!(text(notification.last_seen));
    json
}

/// A delivery as the expected files write it.
fn as_json(body: &[u8]) -> Value {
    match read(body, &Limits::default()) {
        Err(error) => json!({ "unreadable": error.code, "at": error.to_string() }),
        Ok(delivery) => {
            let elements = delivery.elements.iter().map(|element| match &element.reading {
                Ok(notification) => {
                    json!({ "raw": element.raw, "notification": notification_as_json(notification) })
                }
                Err(error) => {
                    json!({ "raw": element.raw, "unreadable": error.code, "at": error.to_string() })
                }
            });
            json!({ "is_list": delivery.is_list, "elements": elements.collect::<Vec<_>>() })
        }
    }
}

#[test]
fn every_fixture_reads_as_expected() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut count = 0;
    for file in fs::read_dir(&directory).expect("the fixtures") {
        let path = file.expect("a fixture").path();
        let name = path.file_name().and_then(|name| name.to_str()).expect("a plain name").to_owned();
        if name.ends_with(".expected.json") {
            continue;
        }
        let expected = directory.join(format!("{name}.expected.json"));
        let expected = fs::read_to_string(&expected).unwrap_or_else(|_| "null".to_owned());
        let expected: Value = serde_json::from_str(&expected).expect("expected JSON");
        let found = as_json(&fs::read(&path).expect("the fixture"));
        assert!(
            found == expected,
            "{name} reads as\n{}",
            serde_json::to_string_pretty(&found).expect("JSON")
        );
        count += 1;
    }
    assert_eq!(count, 12, "a fixture is missing");
}
