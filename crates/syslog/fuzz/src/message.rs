//! Any bytes: no panic, every part within them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use syslog::{Arrival, parse, undo_relay_escapes};
use time::{OffsetDateTime, UtcOffset};

fuzz_target!(|bytes: &[u8]| {
    let arrival = Arrival { received_at: OffsetDateTime::UNIX_EPOCH, zone: UtcOffset::UTC };
    let message = parse(bytes, &arrival);
    let within = bytes.as_ptr_range();
    let check = |part: &[u8]| {
        let range = part.as_ptr_range();
        assert!(part.is_empty() || (within.start <= range.start && range.end <= within.end));
    };
    for part in [message.host, message.app, message.process_id, message.message_id].into_iter().flatten() {
        check(part.as_bytes());
    }
    check(message.body);
    for element in message.structured_data.elements() {
        check(element.id.as_bytes());
        element.parameters().for_each(|(name, _)| check(name.as_bytes()));
    }
    assert!(undo_relay_escapes(message.body).len() <= message.body.len());
});
