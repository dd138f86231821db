//! Every SQL statement of the module.

mod findings;
mod status;
mod watch;

pub use findings::{Known, Report, connections, count_by_kind, forget, keep, known, report, reported};
pub use status::{Process, Standing, processes, sign_ins_by_minute, standing};
pub use watch::{Place, SignIns, advance, count, fall_back, forget_old, learn, networks, place, sign_ins};
