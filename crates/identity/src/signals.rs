//! Telling the other processes what to forget, and doing it.

use platform::live::{Signal, signal};
use platform::{App, Tx};
use tokio::sync::broadcast::error::RecvError;
use tokio::task::JoinHandle;
use vocab::{SessionId, UserId};

use crate::service::IdentityService;

const TOPIC: &str = "identity";

/// What has changed, and so must be forgotten everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    Session(SessionId),
    User(UserId),
    Organizations,
}

impl Changed {
    fn text(self) -> String {
        match self {
            Changed::Session(id) => format!("session:{id}"),
            Changed::User(id) => format!("user:{id}"),
            Changed::Organizations => "organizations".to_owned(),
        }
    }

    fn read(text: &str) -> Option<Self> {
        match text.split_once(':') {
            Some(("session", id)) => id.parse().ok().map(Changed::Session),
            Some(("user", id)) => id.parse().ok().map(Changed::User),
            None if text == "organizations" => Some(Changed::Organizations),
            _ => None,
        }
    }

    /// Forgets it in this process. After the commit.
    pub fn forget(self, app: &App) {
        let service = app.service::<IdentityService>();
        match self {
            Changed::Session(id) => service.forget_session(app, id),
            Changed::User(id) => service.forget_user(app, id),
            Changed::Organizations => {
                service.forget_all();
                // Who belongs to all of them listens to the new one too.
                app.live.hub.end_all();
            }
        }
    }
}

/// Tells the other processes with the commit, commits, and forgets it here.
pub async fn commit(app: &App, mut tx: Tx, changed: &[Changed]) -> Result<(), sqlx::Error> {
    for changed in changed {
        signal(&mut tx, TOPIC, &changed.text()).await?;
    }
    tx.commit().await?;
    for changed in changed {
        changed.forget(app);
    }
    Ok(())
}

/// To be called after organizations were added other than through this module's routes.
pub fn organizations_changed(app: &App) {
    app.service::<IdentityService>().forget_all();
}

/// Hears what other processes changed; ends when its handle is aborted.
pub fn start(app: &App) -> JoinHandle<()> {
    let (app, mut signals) = (app.clone(), app.live.watch());
    #[expect(clippy::disallowed_methods, reason = "the caller owns the handle")]
    tokio::spawn(async move {
        loop {
            match signals.recv().await {
                Ok(Signal::Sent { topic, text }) if topic == TOPIC => {
                    if let Some(changed) = Changed::read(&text) {
                        changed.forget(&app);
                    }
                }
                Ok(Signal::Sent { .. }) => {}
                // Something may have been missed: nothing that is known can be believed.
                Ok(Signal::Lost) | Err(RecvError::Lagged(_)) => app.service::<IdentityService>().forget_all(),
                Err(RecvError::Closed) => return,
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_is_what_is_read() {
        for changed in
            [Changed::Session(SessionId::new()), Changed::User(UserId::new()), Changed::Organizations]
        {
            assert_eq!(Changed::read(&changed.text()), Some(changed));
        }
        assert_eq!(Changed::read("session:x"), None);
        assert_eq!(Changed::read("else"), None);
    }
}
