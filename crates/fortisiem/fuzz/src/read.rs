//! Any bytes: no panic, every range and position within the body, no overlap.
#![no_main]

use fortisiem::{Limits, read};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    match read(body, &Limits::default()) {
        Err(error) => assert!(error.position.byte <= body.len()),
        Ok(delivery) => {
            let mut end = 0;
            for element in delivery.elements {
                assert!(end <= element.raw.start && element.raw.start <= element.raw.end && element.raw.end <= body.len());
                end = element.raw.end;
                match element.reading {
                    Ok(notification) => assert!(!notification.title.is_empty() && !notification.title.contains('\0')),
                    Err(error) => assert!(error.position.byte <= body.len()),
                }
            }
        }
    }
});
