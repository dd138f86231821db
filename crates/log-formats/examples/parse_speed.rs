//! Prints the time one message takes to read: `cargo run --release -p log-formats --example parse_speed`.
#![expect(clippy::print_stdout, reason = "printing is all it does")]

use std::hint::black_box;
use std::time::Instant;

use log_formats::{Context, ocsf, read, text};
use syslog::{Arrival, parse};
use time::{OffsetDateTime, UtcOffset};

const SAMPLES: [(&str, &[u8]); 11] = [
    ("FortiGate", include_bytes!("../tests/fixtures/fortigate_traffic.log")),
    ("FortiGate CSV", include_bytes!("../tests/fixtures/fortigate_ips.csv")),
    ("FortiGate CEF", include_bytes!("../tests/fixtures/fortigate_event.cef")),
    ("Snare", include_bytes!("../tests/fixtures/snare_4625.log")),
    ("NXLog", include_bytes!("../tests/fixtures/nxlog_4624.json")),
    ("Winlogbeat", include_bytes!("../tests/fixtures/winlogbeat_4740.json")),
    ("Wazuh", include_bytes!("../tests/fixtures/wazuh_sysmon.json")),
    ("Event XML", include_bytes!("../tests/fixtures/event_4688.xml")),
    ("CEF", include_bytes!("../tests/fixtures/sensor.cef")),
    ("LEEF", include_bytes!("../tests/fixtures/gateway.leef")),
    ("JSON", include_bytes!("../tests/fixtures/suricata.json")),
];

const BATCHES: u32 = 200;
const ROUNDS: u32 = 500;

fn main() {
    let now = OffsetDateTime::UNIX_EPOCH + time::Duration::weeks(2_950);
    let arrival = Arrival { received_at: now, zone: UtcOffset::UTC };
    let context = Context { received_at: now, zone: Some(UtcOffset::UTC), format: None };
    for (name, body) in SAMPLES {
        let message = [b"<189>May 19 10:00:00 relay ", body].concat();
        let header = time(|| {
            black_box(parse(black_box(&message), &arrival));
        });
        let reading = time(|| {
            let text = text(black_box(body));
            black_box(read(&text, &context));
        });
        let both = time(|| {
            let text = text(black_box(body));
            black_box(ocsf(&read(&text, &context)));
        });
        println!(
            "{name:<14} {:>5} bytes  header {header:>5.2} us  read {reading:>5.2} us  OCSF {:>5.2} us",
            body.len(),
            both - reading
        );
    }
}

/// Microseconds that one round takes: of the fastest of many batches, for others use the machine too.
fn time(mut round: impl FnMut()) -> f64 {
    let batch = |round: &mut dyn FnMut()| {
        let start = Instant::now();
        for _ in 0..ROUNDS {
            round();
        }
        start.elapsed().as_secs_f64() * 1e6 / f64::from(ROUNDS)
    };
    (0..BATCHES).map(|_| batch(&mut round)).fold(f64::INFINITY, f64::min)
}
