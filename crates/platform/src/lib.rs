//! The platform: what every module stands on, without one word of the domain.
//!
//! Words: an [`App`] is one running process; a [`Module`] is a domain module as the process sees it; a [`Permit`]
//! is a caller who may do one named thing in some organizations; a [`db::Tx`] sees those organizations only.
//! Tables: `alarms`, `audit_records`, `outbox`, `job_leases`, `live_tickets`, `partitioned_tables`, `reference_counters`.
//! Invariants: deny by default; a mutation, its audit record and its outbox row commit together; clock and
//! randomness are arguments.

pub mod alarm;
pub mod app;
pub mod audit;
pub mod batch;
pub mod clock;
pub mod config;
pub mod db;
pub mod decisions;
mod description;
pub mod edge;
pub mod error;
pub mod http;
pub mod ids;
pub mod items;
pub mod jobs;
pub mod limits;
pub mod live;
mod log_files;
mod objects;
pub mod page;
pub mod peer;
pub mod principal;
pub mod pulse;
pub mod reference;
pub mod routes;
pub mod secrets;
pub mod stack;
pub mod telemetry;
pub mod threads;
pub mod throttle;
mod versions;

pub use app::{App, Module};
pub use db::Tx;
pub use error::{Error, Result};
pub use http::{IfMatch, Json, Path, Query};
pub use items::ItemPermit;
pub use page::{Cursor, Page};
pub use principal::{Actor, Permission, Permit, Principal, Public, SignedIn};
pub use routes::Routes;
