//! Events: the log records that were received, kept for a while and found again.
//!
//! Words: an *event* is one log record; its *raw* text is what was received, its *columns* are what people search by, its
//! *fields* what the sender wrote, read from the raw text again whenever somebody looks. *Received* is the time of its id.
//! Tables: `events`, `event_minutes`.
//! Invariants: many events are kept by one statement in the caller's transaction; a search does bounded work and says how
//! far it got; what is let go is let go a day at a time.

mod filter;
mod http;
mod jobs;
mod keeping;
mod model;
mod reading;
mod scanning;
mod store;

use std::time::Duration;

use platform::jobs::Job;
use platform::{Module, permission};

pub use keeping::{NewEvent, keep};
pub use scanning::{Scan, StoredEvent};

permission! {
    pub EventsRead = "events:read",
}

pub fn module() -> Module {
    let let_go =
        Job::new("events.let_go", Duration::from_secs(600), |app| async move { jobs::let_go(&app).await });
    Module { name: "events", routes: http::routes(), jobs: vec![let_go], permissions: &["events:read"] }
}
