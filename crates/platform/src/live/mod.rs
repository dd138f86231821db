//! Live changes: the outbox table, the hub that follows it, and the sockets that hear it.
//!
//! A change is a row of `outbox`, written in the transaction of the change. Every process follows the table in the
//! order (xact, seq) and stops below the oldest transaction still running (`pg_snapshot_xmin`): a transaction that
//! commits late can then never slip in behind a reader, every process sees the same order, and nobody waits for a
//! lock. NOTIFY only says "look"; the table is the truth.

mod follow;
mod hub;
mod outbox;
mod socket;

use std::sync::Arc;

use tokio::sync::broadcast;

use crate::db::Db;

pub use follow::start;
pub use hub::{Audience, Hub};
pub use outbox::{Change, Position, signal, tell, tell_user};
pub use socket::{SessionSource, Sessions, is_own_origin, module};

/// What in-process caches watch: small messages between nodes, outside the order of changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signal {
    /// `topic` and `text` of [`signal`].
    Sent { topic: String, text: String },
    /// Messages may have been missed: forget what is cached.
    Lost,
}

/// The live side of one process.
#[derive(Clone)]
pub struct Live {
    pub hub: Arc<Hub>,
    signals: broadcast::Sender<Signal>,
    db: Db,
}

impl Live {
    pub fn new(db: Db) -> Self {
        Self { hub: Arc::new(Hub::default()), signals: broadcast::channel(1024).0, db }
    }

    /// Hears signals from now on; a lagging receiver treats that as [`Signal::Lost`].
    pub fn watch(&self) -> broadcast::Receiver<Signal> {
        self.signals.subscribe()
    }
}
