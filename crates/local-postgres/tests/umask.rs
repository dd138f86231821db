//! Alone in its process, because a umask is the whole process's.
#![expect(clippy::unwrap_used, reason = "a failed expectation ends a test")]
#![expect(dead_code, reason = "each test binary uses a part of the support")]

mod support;

use nix::sys::stat::{Mode, umask};
use support::{Place, is_root, mode_of, query};

#[test]
fn umask_000_still_gives_private_directories_and_077_still_lets_the_server_in() {
    for mask in [0o000, 0o077] {
        let place = Place::new();
        umask(Mode::from_bits_truncate(mask));
        let cluster = place.open();
        assert_eq!(query(&cluster, "select 1").as_deref(), Ok("1"));
        assert_eq!(mode_of(&place.path()), if is_root() { 0o711 } else { 0o700 });
        for directory in ["postgres", "postgres-socket", "postgres/log"] {
            assert_eq!(mode_of(&place.path().join(directory)), 0o700, "{directory}");
        }
        for file in ["postgres.conf", "postgres.lock", "postgres-startup.log"] {
            assert_eq!(mode_of(&place.path().join(file)), 0o600, "{file}");
        }
    }
}
