//! Every SQL statement of this module.

mod inventory;

pub use inventory::{inventory_entries, revisions};
