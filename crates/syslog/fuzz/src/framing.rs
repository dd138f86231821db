//! Any bytes in any chunks: no panic, no frame above the limit, the same frames as in one chunk. The first byte says how
//! long the chunks are.
#![no_main]

use libfuzzer_sys::fuzz_target;
use syslog::{Frame, Framer};

fn frames<'a>(chunks: impl Iterator<Item = &'a [u8]>) -> Vec<(Vec<u8>, bool)> {
    let mut framer = Framer::new(48);
    let mut found = Vec::new();
    let mut keep = |frame: Frame<'_>| {
        assert!(!frame.bytes.is_empty() && frame.bytes.len() <= 48);
        found.push((frame.bytes.to_vec(), frame.is_cut));
    };
    for mut chunk in chunks {
        while let Some(frame) = framer.next(&mut chunk) {
            keep(frame);
        }
    }
    framer.finish().into_iter().for_each(&mut keep);
    found
}

fuzz_target!(|bytes: &[u8]| {
    let Some((length, stream)) = bytes.split_first() else { return };
    let chunked = frames(stream.chunks(usize::from(*length).max(1)));
    assert_eq!(chunked, frames(std::iter::once(stream)));
});
