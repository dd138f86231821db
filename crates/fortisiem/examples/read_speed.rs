//! Prints the time one incident takes to read: `cargo run --release -p fortisiem --example read_speed`.
#![expect(clippy::print_stdout, reason = "printing is all it does")]

use std::hint::black_box;
use std::time::Instant;

use fortisiem::{Limits, payload_hash, read};

const SAMPLES: [(&str, &[u8]); 5] = [
    ("incident XML", include_bytes!("../tests/fixtures/mitre.xml")),
    ("many entries XML", include_bytes!("../tests/fixtures/many_parties.xml")),
    ("event XML", include_bytes!("../tests/fixtures/event.xml")),
    ("REST JSON", include_bytes!("../tests/fixtures/rest_single.json")),
    ("CEF", include_bytes!("../tests/fixtures/raw_event.cef")),
];

fn main() {
    let limits = Limits::default();
    for (name, body) in SAMPLES {
        for _ in 0..2_000 {
            let _ = black_box(read(black_box(body), &limits));
        }
        let rounds = 50_000;
        let start = Instant::now();
        for _ in 0..rounds {
            let _ = black_box(read(black_box(body), &limits));
        }
        let reading = start.elapsed().as_secs_f64() * 1e6 / f64::from(rounds);
        let start = Instant::now();
        for _ in 0..rounds {
            black_box(payload_hash(black_box(body)));
        }
        let hashing = start.elapsed().as_secs_f64() * 1e6 / f64::from(rounds);
        println!("{name:<18} {:>5} bytes  read {reading:>6.2} us  hash {hashing:>6.2} us", body.len());
    }
}
