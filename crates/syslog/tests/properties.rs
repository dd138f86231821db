//! What holds for every message.

use proptest::prelude::*;
use syslog::{Arrival, parse, undo_relay_escapes};
use time::UtcOffset;
use time::macros::datetime;

/// Reads, and checks that every part is a part of the input.
fn check(bytes: &[u8]) {
    let arrival = Arrival { received_at: datetime!(2026-11-21 02:00:00 UTC), zone: UtcOffset::UTC };
    let message = parse(bytes, &arrival);
    let parts = [message.host, message.app, message.process_id, message.message_id];
    let within = bytes.as_ptr_range();
    let is_within = |part: &[u8]| {
        let range = part.as_ptr_range();
        part.is_empty() || (within.start <= range.start && range.end <= within.end)
    };
    for part in parts.into_iter().flatten() {
        assert!(!part.is_empty() && is_within(part.as_bytes()), "{part:?}");
    }
    assert!(is_within(message.body) && is_within(message.structured_data.raw()));
    for element in message.structured_data.elements() {
        assert!(!element.id.is_empty() && is_within(element.id.as_bytes()));
        let _ = element.parameters().count();
    }
    assert!(message.priority.facility() < 24 && message.priority.severity() < 8);
    let _ = undo_relay_escapes(message.body);
    let _ = message.problems.iter().map(ToString::to_string).count();
}

const PIECES: &[&str] = &[
    "<13>",
    "<191>",
    "<192>",
    "<",
    "1 ",
    "2026-10-11T22:14:15.003Z",
    "2026-10-11 22:14:15",
    "Oct 11 22:14:15",
    "Feb 29 ",
    "*",
    "123: ",
    " ",
    "-",
    "- ",
    "host",
    "host: ",
    "app[1]: ",
    "app: ",
    "[x y=\"",
    "\\\"",
    "\\]",
    "\\\\",
    "\"",
    "]",
    "[",
    "=",
    "\u{feff}",
    "ñ",
    "\n",
    "\0",
    ":",
    "2026 ",
    " UTC:",
    "+02:00",
    "CEF:0|",
    "#011",
    "MSWinEventLog#011",
    "#015#012",
    "Message forwarded from ",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        check(&bytes);
    }

    #[test]
    fn every_part_of_a_message_lies_in_its_bytes(pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..30)) {
        check(pieces.concat().as_bytes());
    }
}

#[test]
fn long_messages_are_read_in_linear_time() {
    // What is quadratic would not come to an end here.
    for piece in ["[x ", "[x]", "[x y=\"", "\\", "\"", "a=\"b\" ", " ", "1", "<", ":", "#011", "é"] {
        for begin in ["<13>", "<13>1 - h a - - ", "<13>1 - h a - - [x ", "<13>Oct 11 22:14:15 ", ""] {
            let line = format!("{begin}{}", piece.repeat((1 << 20) / piece.len()));
            check(line.as_bytes());
        }
    }
}
