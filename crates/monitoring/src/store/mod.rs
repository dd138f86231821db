//! Every SQL statement of the module.

mod findings;
mod watch;

pub use findings::{Known, connections, count_by_kind, forget, keep, known, report, reported};
pub use watch::{Place, SignIns, advance, count, fall_back, forget_old, learn, networks, place, sign_ins};
