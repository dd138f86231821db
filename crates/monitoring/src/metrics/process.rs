//! What the process takes of its machine. What cannot be read is left out here; the findings say so.

use nix::sys::resource::{Resource, UsageWho, getrlimit, getrusage};
use nix::sys::time::TimeValLike;

use super::text::{Kind, Text};

/// Blocking, for a moment.
pub fn write(text: &mut Text) {
    if let Ok(usage) = getrusage(UsageWho::RUSAGE_SELF) {
        let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
        let (seconds, rest) = (micros / 1_000_000, micros % 1_000_000);
        text.family("process_cpu_seconds", Kind::Counter, "Processor time used.");
        text.sample("process_cpu_seconds_total", &[], format!("{seconds}.{rest:06}"));
    }
    if let Some(kib) = resident_kib() {
        text.gauge("process_resident_memory_bytes", "Memory in use.", kib * 1024);
    }
    if let Ok(open) = std::fs::read_dir("/proc/self/fd") {
        text.gauge("process_open_fds", "Open files.", open.count());
    }
    if let Ok((most, _)) = getrlimit(Resource::RLIMIT_NOFILE) {
        text.gauge("process_max_fds", "Files that may be open.", most);
    }
}

fn resident_kib() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse().ok()
}
