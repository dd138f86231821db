//! Collector: log lines that arrive by syslog become kept events, and what rules make of them alerts.
//!
//! Words: a *listener* takes messages over UDP, TCP or TLS; a *sender* is an address that is known by a source's networks;
//! the *spool* holds on disk what was accepted until it is kept.
//! Tables: none yet.
//! Invariants: what the spool has taken is kept exactly once.

use platform::Module;

pub fn module() -> Module {
    Module { name: "collector", routes: platform::Routes::default(), jobs: Vec::new(), permissions: &[] }
}
