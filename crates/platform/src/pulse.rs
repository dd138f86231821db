//! Whether the database answers. One that takes questions and never answers them breaks no connection and raises no error:
//! somebody has to count the seconds, on a connection of its own.

use std::time::{Duration, Instant};

use sqlx::{ConnectOptions, Connection, PgConnection};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::App;
use crate::db::Db;

/// Between two questions.
const INTERVAL: Duration = Duration::from_secs(1);

#[derive(Debug, Clone, Copy, Default)]
struct State {
    is_lost: bool,
    lost_at: Option<Instant>,
}

/// What is known of the database; cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Pulse(watch::Sender<State>);

impl Pulse {
    pub fn is_lost(&self) -> bool {
        self.0.borrow().is_lost
    }

    /// Waits until the database does not answer any more.
    pub async fn lost(&self) {
        // The sender is our own: it cannot be gone.
        let _ = self.0.subscribe().wait_for(|state| state.is_lost).await;
    }

    /// Whether a connection of this age is from before the latest loss: nobody knows whether it still leads anywhere.
    pub(crate) fn is_outlived(&self, age: Duration) -> bool {
        self.0.borrow().lost_at.is_some_and(|lost_at| lost_at.elapsed() < age)
    }

    fn set(&self, is_lost: bool) {
        let is_news = self.0.send_if_modified(|state| {
            let is_news = state.is_lost != is_lost;
            state.is_lost = is_lost;
            if is_lost {
                state.lost_at = Some(Instant::now());
            }
            is_news
        });
        match (is_news, is_lost) {
            (true, true) => tracing::warn!("the database does not answer"),
            (true, false) => tracing::info!("the database answers again"),
            (false, _) => {}
        }
    }
}

/// Asks the database again and again.
pub fn start(app: &App) -> JoinHandle<()> {
    let patience = Duration::from_secs(app.config.database.answer_seconds);
    #[expect(clippy::disallowed_methods, reason = "the caller owns the task")]
    tokio::spawn(watch(app.db.clone(), patience))
}

async fn watch(db: Db, patience: Duration) {
    let (pulse, mut connection) = (db.pulse().clone(), None);
    loop {
        let answer = tokio::time::timeout(patience, ask(&db, connection.take())).await;
        // A refusal is an answer too: whoever asks hears it at once.
        pulse.set(answer.is_err());
        connection = answer.ok().and_then(Result::ok);
        tokio::time::sleep(INTERVAL).await;
    }
}

async fn ask(db: &Db, connection: Option<PgConnection>) -> Result<PgConnection, sqlx::Error> {
    let mut connection = match connection {
        Some(connection) => connection,
        None => db.options().connect().await?,
    };
    connection.ping().await?;
    Ok(connection)
}
