//! Any bytes: no panic, no NUL, no more fields than there may be, OCSF that is JSON. The first byte may say the format.
#![no_main]

use libfuzzer_sys::fuzz_target;
use log_formats::{Context, Format, MOST_FIELDS, ocsf, read, text};
use time::OffsetDateTime;

fuzz_target!(|bytes: &[u8]| {
    let Some((first, bytes)) = bytes.split_first() else { return };
    // Sixteen formats, and any other byte for what the content says: seeds begin with a letter.
    let format = Format::ALL.get(usize::from(*first)).copied();
    let text = text(bytes);
    let event = read(&text, &Context { received_at: OffsetDateTime::UNIX_EPOCH, zone: None, format });
    assert!(event.fields.len() <= MOST_FIELDS);
    assert_eq!(event.format == Format::Unparsed, event.unparsed.is_some());
    assert!(event.fields.iter().all(|field| !field.name.contains('\0') && !field.value.contains('\0')));
    assert!(serde_json::from_str::<serde_json::Value>(&ocsf(&event)).is_ok());
});
