//! Numbers of ports that programs of a test listen on one after the other, while other tests run.

use std::fs::{File, OpenOptions};
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::ops::Range;
use std::os::unix::fs::MetadataExt;

/// Below those that the system gives away by itself (`ip_local_port_range`), so that no connection takes one by chance.
const NUMBERS: Range<u16> = 12_000..32_000;

/// A port of 127.0.0.1 for UDP and TCP that no other test takes as long as this lives.
pub struct Port {
    pub number: u16,
    _lock: File,
}

impl Port {
    pub fn take() -> Self {
        let owner = std::fs::metadata("/proc/self").map_or(0, |me| me.uid());
        let directory = std::env::temp_dir().join(format!("cibercase-test-ports-{owner}"));
        std::fs::create_dir_all(&directory).expect("locks of ports can be made");
        let first = NUMBERS.start + (std::process::id() % u32::from(NUMBERS.end - NUMBERS.start)) as u16;
        let found = (first..NUMBERS.end).chain(NUMBERS.start..first).find_map(|number| {
            let mut options = OpenOptions::new();
            let lock = options.create(true).append(true).open(directory.join(number.to_string())).ok()?;
            lock.try_lock().ok()?;
            is_free(number).then_some(Self { number, _lock: lock })
        });
        found.expect("a port is free")
    }
}

fn is_free(number: u16) -> bool {
    let address = (Ipv4Addr::LOCALHOST, number);
    TcpListener::bind(address).is_ok() && UdpSocket::bind(address).is_ok()
}
