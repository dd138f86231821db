//! What holds for every body.
#![expect(clippy::expect_used, reason = "a failed expectation ends a test")]

use std::fs;
use std::path::Path;

use fortisiem::{Limits, read};
use proptest::prelude::*;

/// Reads, and checks what every caller relies on.
fn check(body: &[u8]) {
    match read(body, &Limits::default()) {
        Err(error) => {
            assert!(error.position.byte <= body.len(), "{error:?}");
            assert!(error.position.line >= 1 && error.position.column >= 1, "{error:?}");
        }
        Ok(delivery) => {
            assert!(delivery.is_list || delivery.elements.len() == 1);
            let mut end = 0;
            for element in &delivery.elements {
                assert!(element.raw.start <= element.raw.end && element.raw.end <= body.len(), "{element:?}");
                assert!(element.raw.start >= end, "elements overlap: {element:?}");
                end = element.raw.end;
                match &element.reading {
                    Ok(notification) => {
                        assert!(!notification.title.is_empty() && !notification.rule_id.is_empty());
                        assert!(notification.occurrences >= 1);
                        let json = serde_json::to_string(notification).expect("JSON");
                        assert!(!json.contains("\\u0000") || json.contains("\\\\u0000"), "{json}");
                    }
                    Err(error) => assert!(error.position.byte <= body.len(), "{error:?}"),
                }
            }
        }
    }
}

fn fixtures() -> Vec<Vec<u8>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let files = fs::read_dir(directory).expect("the fixtures").map(|file| file.expect("a fixture").path());
    files
        .filter(|path| !path.to_string_lossy().contains(".expected."))
        .map(|path| fs::read(path).expect("bytes"))
        .collect()
}

/// Pieces from which interesting bodies are put together.
const PIECES: &[&str] = &[
    "<incident ",
    "ruleType='PH_RULE_X' ",
    "severity=\"5\" ",
    ">",
    "/>",
    "</incident>",
    "<name>",
    "</name>",
    "&amp;",
    "&#0;",
    "&x;",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "<incidents>",
    "</incidents>",
    "<event name='phRuleIncident'>",
    "<eventType>PH_RULE_Y</eventType>",
    "</event>",
    "<queryResult>",
    "{\"",
    "eventType",
    "\":\"PH_RULE_Z\"",
    "\"data\":[",
    "]",
    "}",
    ",",
    "CEF:0|Fortinet|FortiSIEM|1|PH_RULE_W|n|5|",
    "rawEvent=",
    "src=192.0.2.1 ",
    "\n",
    "\\",
    "ñ",
    "\u{0}",
    "<134>",
    "<entry attribute='srcIpAddr'>192.0.2.1</entry>",
    "<incidentSource>",
    "</incidentSource>",
    "<!DOCTYPE a>",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn no_bytes_make_the_reader_panic(body in proptest::collection::vec(any::<u8>(), 0..400)) {
        check(&body);
    }

    #[test]
    fn no_text_makes_the_reader_panic(pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..40)) {
        let body = pieces.concat();
        check(body.as_bytes());
        let wide: Vec<u8> = [0xFEFF].into_iter().chain(body.encode_utf16()).flat_map(u16::to_be_bytes).collect();
        check(&wide);
    }

    #[test]
    fn a_mutated_fixture_gives_a_notification_or_a_place(
        which in any::<prop::sample::Index>(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), 0u8..4, any::<u8>()), 1..8),
    ) {
        let fixtures = fixtures();
        let mut body = which.get(&fixtures).clone();
        for (at, kind, byte) in changes {
            if body.is_empty() {
                break;
            }
            let at = at.index(body.len());
            match kind {
                0 => body[at] = byte,
                1 => drop(body.remove(at)),
                2 => body.insert(at, byte),
                _ => body.truncate(at),
            }
        }
        check(&body);
    }
}
