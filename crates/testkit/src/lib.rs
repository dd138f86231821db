//! What tests of modules stand on: the whole API on a database of its own, and people who call it.
//!
//! Words: a [`TestApp`] is one running process with its own database; an [`Actor`] is somebody signed in to it; an
//! [`Answer`] is what they got.
//!
//! ```ignore
//! let app = TestApp::start(vec![tickets::module()]).await;
//! let acme = app.organization("Acme").await;
//! let ana = app.an_analyst_of(&acme).await;
//! let answer = ana.post("/api/v1/tickets", json!({ "organization_id": acme.id, "title": "..." })).await;
//! let ticket = answer.expect(201);
//! ```
//!
//! All tests of a machine share one PostgreSQL server without durability, made by the first of them and left running:
//! it waits in `<target directory>/test-postgres`, as root in `/tmp/cibercase-test-postgres`. Stop it with
//! `cargo xtask stop-test-postgres`. `CIBERCASE_TEST_DATABASE_URL` (of a superuser) names another server instead.
//! The migrations run once for each content they have, into a template; each test gets a copy, dropped at its end.

#![expect(clippy::expect_used, clippy::panic, reason = "a test ends where it goes wrong")]

mod actor;
mod answer;
mod app;
mod authenticator;
mod certificates;
mod database;
mod door;
mod forger;
mod identity_provider;
mod passkey;
mod port;
mod redis;
mod rsyslog;
mod server;
pub mod slapd;

pub use actor::{Actor, PASSWORD};
pub use answer::Answer;
pub use app::{Organization, Setup, TestApp};
pub use authenticator::Authenticator;
pub use certificates::certificates;
pub use forger::{Forger, opened, unsigned};
pub use http::Request;
pub use identity_provider::IdentityProvider;
pub use passkey::Passkey;
pub use port::Port;
pub use redis::Redis;
pub use rsyslog::Rsyslog;
pub use serde_json::{Value, json};
pub use slapd::Slapd;
