//! A private PostgreSQL for whoever has none: finds PostgreSQL's own programs, makes a cluster under the data
//! directory, and starts, supervises and stops its server.
//!
//! Words:
//! - *cluster*: the directory of one PostgreSQL server (`<directory>/postgres`), with all its databases.
//! - *server*: the running `postgres` process of that cluster.
//! - *holder*: the process of ours that has the cluster's lock, and so supervises its server.
//! - *adopt*: take over a server whose holder was killed.
//! - *account*: whom the server runs as: ourselves, or the `postgres` user when we are root.
//!
//! Below `<directory>`:
//! - `postgres/` the cluster; `postgres/log/` a week of server logs.
//! - `postgres-socket/` the Unix socket, unless its path is too long for one.
//! - `postgres.conf` our settings, rewritten at every start; `ALTER SYSTEM` still overrides them.
//! - `postgres.lock` the lock, with the holder's process id.
//! - `postgres-startup.log` what the server said before its own log was open.
//!
//! Invariants:
//! - A cluster has one holder. A second process is told who it is, or shares the server if it asked to.
//! - The server listens on a Unix socket only, in a directory that only its account may enter.
//! - A cluster appears whole or not at all: it is made elsewhere, then renamed.
//! - What root writes is never inside a directory that the `postgres` user can write.
//! - `postmaster.pid` is removed only when its process lives and is something else. Otherwise PostgreSQL reads it to
//!   find processes left behind by a server that died.

mod account;
mod cluster;
mod error;
mod initialize;
mod layout;
mod memory;
mod programs;
mod server;
mod settings;
mod supervisor;
mod wait;

pub use cluster::Cluster;
pub use error::Error;
pub use programs::{MINIMUM_MAJOR, Programs, Version};
pub use settings::{Durability, SUPERUSER, Settings};
