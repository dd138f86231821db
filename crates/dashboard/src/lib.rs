//! The dashboard: what the SOC's work looks like now and how that compares with before.
//!
//! Words: a *period* reaches back from now (24 h, 7, 30 or 90 days); the *previous* figures are those of the period
//! before it; MTTA is acknowledged - created, MTTR is resolved - created.
//! Tables: `dashboard_counts`, `dashboard_count_changes`, `dashboard_snapshots`; reads `tickets`, `users`, `assets`.
//! Invariants: counts are exact at every commit (who makes alerts and tickets appends to them, triggers append what
//! changes, readers add it all); what a request reads does not grow with the number of tickets. Rankings and means look
//! at the latest 10,000 of the period.

mod http;
mod jobs;
mod model;
mod store;

use platform::{Module, permission};

pub use http::first_page;
pub use model::{Dashboard, Period};

permission! {
    pub DashboardRead = "dashboard:read",
}

pub fn module() -> Module {
    Module { name: "dashboard", routes: http::routes(), jobs: jobs::jobs(), permissions: &["dashboard:read"] }
}
