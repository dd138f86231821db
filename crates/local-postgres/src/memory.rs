//! How much memory the server takes for its buffers.

use std::fs;
use std::path::Path;

const MIB: u64 = 1024 * 1024;
const LEAST: u64 = 128;
const MOST: u64 = 2048;
const CONTROL_GROUPS: &str = "/sys/fs/cgroup";

/// An eighth of what this machine, or this container, has: others work on it too, and the kernel keeps files in memory
/// besides.
pub fn buffers() -> String {
    let machine = fs::read_to_string("/proc/meminfo").ok().and_then(|text| total(&text));
    let group =
        fs::read_to_string("/proc/self/cgroup").ok().and_then(|text| limit(Path::new(CONTROL_GROUPS), &text));
    format!("{}MB", share(machine.into_iter().chain(group).min().unwrap_or_default()))
}

fn share(bytes: u64) -> u64 {
    (bytes / 8 / MIB).clamp(LEAST, MOST)
}

/// Of `/proc/meminfo`.
fn total(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1024)
}

/// The narrowest limit of a process's control group and those around it (cgroup v2); `own` is its `/proc/self/cgroup`.
fn limit(root: &Path, own: &str) -> Option<u64> {
    let group = own.lines().find_map(|line| line.strip_prefix("0::/"))?;
    let own = root.join(group);
    let around = own.ancestors().take_while(|directory| directory.starts_with(root));
    // A group without a limit says "max".
    around.filter_map(|group| fs::read_to_string(group.join("memory.max")).ok()?.trim().parse().ok()).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_are_an_eighth_within_bounds() {
        for (gib, mib) in [(0, 128), (1, 128), (2, 256), (8, 1024), (16, 2048), (1024, 2048)] {
            assert_eq!(share(gib * 1024 * MIB), mib, "{gib} GiB");
        }
    }

    #[test]
    fn the_machines_memory_is_read() {
        assert_eq!(total("MemTotal:       24684134 kB\nMemFree: 1 kB\n"), Some(24_684_134 * 1024));
        for unreadable in ["", "MemTotal: much kB", "MemTotal: 12", "MemTotal: 99999999999999999999 kB"] {
            assert_eq!(total(unreadable), None, "{unreadable:?}");
        }
    }

    #[test]
    fn the_narrowest_limit_around_a_process_counts() {
        let root = tempfile::tempdir().unwrap();
        let inner = root.path().join("system.slice/cibercase.service");
        fs::create_dir_all(&inner).unwrap();
        fs::write(inner.join("memory.max"), "max\n").unwrap();
        fs::write(root.path().join("system.slice/memory.max"), "4294967296\n").unwrap();
        let of = |own: &str| limit(root.path(), own);
        assert_eq!(of("0::/system.slice/cibercase.service\n"), Some(4 * 1024 * MIB));
        assert_eq!(of("0::/system.slice\n"), Some(4 * 1024 * MIB));
        assert_eq!(of("0::/\n"), None);
        assert_eq!(of("5:memory:/old\n"), None);
    }
}
