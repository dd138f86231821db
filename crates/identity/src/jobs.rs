//! Removing what is over.

use std::time::Duration;

use platform::jobs::{Job, begin};
use platform::{App, Result};

use crate::device;
use crate::store::{devices, passkeys, providers, second_factors, sessions};

/// Sessions are kept this long after their end: they say from which addresses somebody signs in.
const KEPT: time::Duration = time::Duration::days(90);

pub fn jobs() -> Vec<Job> {
    vec![Job::new("identity.sessions", Duration::from_secs(3600), |app| async move {
        remove_sessions(&app).await
    })]
}

async fn remove_sessions(app: &App) -> Result<()> {
    let moment = app.clock.now() - KEPT;
    loop {
        let mut tx = begin(app).await?;
        let removed = sessions::remove_over(&mut tx, moment).await?;
        second_factors::remove_over(&mut tx, app.clock.now()).await?;
        providers::remove_over(&mut tx, app.clock.now()).await?;
        passkeys::remove_over(&mut tx, app.clock.now()).await?;
        devices::remove_over(&mut tx, app.clock.now() - device::KEPT).await?;
        tx.commit().await?;
        if removed == 0 {
            return Ok(());
        }
    }
}
