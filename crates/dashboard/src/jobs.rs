//! Keeping the counts short, and writing down what is open for later comparison.

use std::time::Duration;

use platform::jobs::{self, Job};
use time::OffsetDateTime;

use crate::store;

pub fn jobs() -> Vec<Job> {
    vec![
        Job::new("dashboard.fold", Duration::from_secs(20), |app| async move {
            let mut tx = jobs::begin(&app).await?;
            store::fold(&mut tx).await?;
            Ok(tx.commit().await?)
        }),
        Job::new("dashboard.snapshots", Duration::from_secs(3600), |app| async move {
            let mut tx = jobs::begin(&app).await?;
            store::take_snapshots(&mut tx, on_the_hour(app.clock.now())).await?;
            Ok(tx.commit().await?)
        }),
    ]
}

/// Run twice in an hour, it writes once.
fn on_the_hour(now: OffsetDateTime) -> OffsetDateTime {
    let seconds = now.unix_timestamp().div_euclid(3600) * 3600;
    OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(now)
}
