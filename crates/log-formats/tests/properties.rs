//! What holds for every message.
#![expect(clippy::expect_used, reason = "a failed expectation ends a test")]

use std::borrow::Cow;
use std::fs;
use std::path::Path;

use log_formats::{Context, Format, MOST_FIELDS, ocsf, read, text};
use proptest::prelude::*;
use serde_json::Value;
use time::macros::datetime;

/// Reads, and checks what every caller relies on.
fn check(bytes: &[u8], format: Option<Format>) {
    let text = text(bytes);
    let context = Context { received_at: datetime!(2026-11-21 02:00:00 UTC), zone: None, format };
    let event = read(&text, &context);
    assert!(event.fields.len() <= MOST_FIELDS);
    assert_eq!(event.format == Format::Unparsed, event.unparsed.is_some());
    let within = text.as_bytes().as_ptr_range();
    for field in &event.fields {
        assert!(!field.name.contains('\0') && !field.value.contains('\0'), "{field:?}");
        if let Cow::Borrowed(value) = field.value {
            let range = value.as_bytes().as_ptr_range();
            let is_within = within.start <= range.start && range.end <= within.end;
            assert!(value.is_empty() || is_within || value == "-", "{value:?} is not of the text");
        }
    }
    let json: Value = serde_json::from_str(&ocsf(&event)).expect("OCSF is JSON");
    let number = |name: &str| json[name].as_u64().expect("a number");
    assert_eq!(number("type_uid"), number("class_uid") * 100 + number("activity_id"));
    let _ = event.problems.iter().map(ToString::to_string).count();
}

fn fixtures() -> Vec<Vec<u8>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let files = fs::read_dir(directory).expect("the fixtures").map(|file| file.expect("a fixture").path());
    let inputs = files.filter(|path| !path.to_string_lossy().contains(".expected."));
    inputs.map(|path| fs::read(path).expect("bytes")).collect()
}

const PIECES: &[&str] = &[
    "devid=FG1 ",
    "logid=1 ",
    "type=utm,",
    "srcip=192.0.2.1 ",
    "url=\"",
    "\"",
    "\\\"",
    "\\",
    "\\\\",
    "=",
    ",",
    " ",
    "\t",
    "|",
    "a=b ",
    "a=",
    "CEF:0|V|P|1|i|n|5|",
    "CEF:0|Fortinet|Fortigate|1|i|n|5|",
    "FTNTFGTlogid=1 ",
    "cs1Label=Policy Id ",
    "LEEF:2.0|V|P|1|i|",
    "LEEF:1.0|V|P|1|i|",
    "^",
    "x5E|",
    "MSWinEventLog\t",
    "1\t",
    "Security\t",
    "4625\t",
    "Source Network Address:  192.0.2.1  ",
    "Account Name:  ",
    "{\"",
    "\":",
    "\"a\":",
    "\"winlog\":{\"event_data\":{",
    "\"win\":{\"eventdata\":{",
    "}",
    "]",
    "[",
    "{",
    "null",
    "-1.5e3",
    "\\u00",
    "\\ud83d",
    "\\u0000",
    "<Event xmlns='x'>",
    "<System>",
    "<EventID>4625</EventID>",
    "</System>",
    "<EventData>",
    "<Data Name='IpAddress'>",
    "</Data>",
    "<Data>",
    "&amp;",
    "&#0;",
    "&x;",
    "<![CDATA[",
    "]]>",
    "<!--",
    "<!DOCTYPE a>",
    "<incident ",
    "ñ",
    "\u{0}",
    "\u{feff}",
    "eventtime=1779184800123 ",
    "ui=https(",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), format in proptest::option::of(proptest::sample::select(&Format::ALL[..]))) {
        check(&bytes, format);
    }

    #[test]
    fn no_text_makes_the_reader_panic(pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..40), format in proptest::option::of(proptest::sample::select(&Format::ALL[..]))) {
        check(pieces.concat().as_bytes(), format);
    }

    #[test]
    fn a_mutated_fixture_is_read(
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
        check(&body, None);
    }

    #[test]
    fn whatever_is_quoted_stays_within_its_field(
        value in "[ -~ñ]{0,40}",
        before in "[a-z]{1,8}",
    ) {
        let quoted = value.replace('\\', "\\\\").replace('"', "\\\"");
        let line = format!("devid=FG1 type=utm subtype=x {before}_=\"{quoted}\" srcip=192.0.2.1");
        let context = Context { received_at: datetime!(2026-11-21 02:00:00 UTC), zone: None, format: None };
        let event = read(&line, &context);
        prop_assert_eq!(event.fields.len(), 5);
        prop_assert_eq!(event.get(&format!("{before}_")), Some(value.as_str()));
        prop_assert_eq!(event.source_ip.map(|ip| ip.to_string()), Some("192.0.2.1".to_owned()));
    }
}

#[test]
fn long_messages_are_read_in_linear_time() {
    let begins = [
        "devid=FG1 url=\"",
        "devid=FG1 ",
        "devid=FG1,a=\"",
        "CEF:0|V|P|1|i|n|5|",
        "CEF:0|Fortinet|Fortigate|1|i|n|5|",
        "LEEF:1.0|V|P|1|i|",
        "MSWinEventLog\t1\tSecurity\t1\tx\t4625\ta\tb\tc\td\te\tf\tg\t",
        "{\"a\":\"",
        "{",
        "{\"a\":",
        "<Event><System><EventID>1</EventID>",
        "",
    ];
    let pieces = [
        "\"",
        "\\",
        "\\\"",
        "\" ",
        "\" x",
        "a=\"x\" j ",
        "a= ",
        "a=b ",
        "=",
        " ",
        ",",
        "|",
        "Label=",
        "x:  ",
        "[",
        "{\"a\":",
        "\"a\":1,",
        "<a>",
        "<a b='c'/>",
        "&",
        "&amp;",
        "\t",
        "a",
        "ñ",
    ];
    // What is quadratic would not come to an end here.
    for begin in begins {
        for piece in pieces {
            let line = format!("{begin}{}", piece.repeat((1 << 17) / piece.len()));
            check(line.as_bytes(), None);
        }
    }
}
