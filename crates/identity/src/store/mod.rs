//! Every SQL statement of the module.

pub mod audit;
pub mod devices;
pub mod organizations;
pub mod passkeys;
pub mod providers;
pub mod refresh_tokens;
pub mod second_factors;
pub mod sessions;
pub mod users;
