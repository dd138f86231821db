//! Every SQL statement of the module.

pub mod sessions;
pub mod users;
