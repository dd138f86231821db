//! What keeps the engine of every node as the tables say, and writes down what it counts.

use std::time::Duration;

use platform::db::Scope;
use platform::live::Signal;
use platform::{App, Result};
use tokio::sync::broadcast::error::RecvError;
use tokio::task::JoinSet;
use vocab::{AlertId, OrganizationId};

use crate::engine::Engine;
use crate::firing::Firing;
use crate::{built_in, store};

/// How often hits are written down.
const FLUSH: Duration = Duration::from_secs(5);

impl Engine {
    /// Reads the rules anew if anything changed; the first time after the built-in ones were written down.
    pub async fn refresh(&self, app: &App) -> Result<()> {
        let mut known = self.stamp.lock().await;
        if known.is_none() {
            let mut tx = app.db.begin(Scope::System).await?;
            store::sync_built_in(&mut tx, &built_in::all()).await?;
            tx.commit().await?;
        }
        let mut tx = app.db.read(Scope::System).await?;
        let stamp = store::stamp(&mut tx).await?;
        if known.as_ref() != Some(&stamp) {
            self.replace(store::load(&mut tx, app.clock.now()).await?);
            *known = Some(stamp);
        }
        Ok(())
    }

    /// Refreshes behind a commit, which stands whether or not this succeeds.
    pub async fn refresh_behind(&self, app: &App) {
        if let Err(error) = self.refresh(app).await {
            tracing::warn!(?error, "rules could not be read behind a change; the next signal brings it");
        }
    }

    /// Writes down what was counted since the last time.
    pub async fn flush(&self, app: &App) -> Result<()> {
        let hits = self.take_hits();
        if hits.is_empty() {
            return Ok(());
        }
        let written = async {
            let mut tx = app.db.begin(Scope::System).await?;
            store::write_hits(&mut tx, &hits).await?;
            tx.commit().await
        };
        let written = written.await;
        if written.is_err() {
            self.return_hits(hits);
        }
        Ok(written?)
    }
}

/// Keeps, for alerts that firings made, why they did; in the caller's transaction.
pub async fn record(
    tx: &mut platform::Tx,
    firings: &[(&Firing, OrganizationId, AlertId)],
) -> Result<(), sqlx::Error> {
    store::record(tx, firings).await
}

/// Follows changes of the rules and writes down hits; both end with the set.
pub fn start(app: &App) -> JoinSet<()> {
    let mut running = JoinSet::new();
    let (following, writing) = (app.clone(), app.clone());
    #[expect(clippy::disallowed_methods, reason = "the set owns the task")]
    running.spawn(follow(following));
    #[expect(clippy::disallowed_methods, reason = "the set owns the task")]
    running.spawn(async move {
        let engine = writing.service::<Engine>();
        loop {
            tokio::time::sleep(FLUSH).await;
            if let Err(error) = engine.flush(&writing).await {
                tracing::debug!(?error, "hits of rules wait to be written down");
            }
        }
    });
    running
}

async fn follow(app: App) {
    let engine = app.service::<Engine>();
    let mut signals = app.live.watch();
    loop {
        let is_ours = match tokio::time::timeout(Duration::from_secs(30), signals.recv()).await {
            Ok(Ok(Signal::Sent { topic, .. })) => topic == "rules",
            Ok(Ok(Signal::Lost) | Err(RecvError::Lagged(_))) | Err(_) => true,
            Ok(Err(RecvError::Closed)) => return,
        };
        if is_ours && let Err(error) = engine.refresh(&app).await {
            tracing::warn!(?error, "rules could not be read; those that are known go on");
        }
    }
}
