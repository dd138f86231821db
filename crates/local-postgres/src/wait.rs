//! Waiting for something that cannot tell us, with a bound.

use std::thread;
use std::time::{Duration, Instant};

const INTERVAL: Duration = Duration::from_millis(5);

/// Asks until the answer is yes; false when it is still no after `limit`.
pub(crate) fn wait_until(limit: Duration, mut is_done: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    while !is_done() {
        if start.elapsed() >= limit {
            return false;
        }
        thread::sleep(INTERVAL);
    }
    true
}
