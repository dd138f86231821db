//! Every SQL statement of the rules.

mod engine;
mod numbers;
mod rules;
mod suppressions;

pub use engine::{forget_old_hits, load, record, stamp, sync_built_in, why, write_hits};
pub use numbers::numbers;
pub use rules::{Row, delete, find, insert, list, of_sigma_id, title, update};
pub use suppressions::{add, drop, of_rule, suppressions_of};
