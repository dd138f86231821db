//! What the process takes of its machine. What cannot be read is left out here; the findings say so. Each blocks for a moment.

use std::time::Duration;

use nix::sys::resource::{Resource, UsageWho, getrlimit, getrusage};
use nix::sys::time::TimeValLike;

use super::text::{Kind, Text};

pub fn write(text: &mut Text) {
    if let Some(used) = processor_time() {
        let seconds = format!("{}.{:06}", used.as_secs(), used.subsec_micros());
        text.family("process_cpu_seconds", Kind::Counter, "Processor time used.");
        text.sample("process_cpu_seconds_total", &[], seconds);
    }
    if let Some(bytes) = resident_bytes() {
        text.gauge("process_resident_memory_bytes", "Memory in use.", bytes);
    }
    if let Some(open) = open_files() {
        text.gauge("process_open_fds", "Open files.", open);
    }
    if let Ok((most, _)) = getrlimit(Resource::RLIMIT_NOFILE) {
        text.gauge("process_max_fds", "Files that may be open.", most);
    }
}

/// Used so far, by the program and by the system for it.
pub fn processor_time() -> Option<Duration> {
    let usage = getrusage(UsageWho::RUSAGE_SELF).ok()?;
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    u64::try_from(micros).ok().map(Duration::from_micros)
}

pub fn resident_bytes() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib = line.split_whitespace().next()?.parse::<u64>().ok()?;
    Some(kib * 1024)
}

pub fn open_files() -> Option<u64> {
    let open = std::fs::read_dir("/proc/self/fd").ok()?.count();
    u64::try_from(open).ok()
}
