//! Ticket numbers taken ahead: a number taken in the batch's own transaction would lock its organization's counter
//! until the commit, and make the writers of every node wait for each other.
//!
//! A block is as large as the batch that asks for it, so that a quiet organization counts without gaps; a restart
//! loses at most what the last batch left over.

use std::collections::HashMap;
use std::ops::Range;

use platform::db::Scope;
use platform::{App, Result, reference};
use tokio::sync::Mutex;
use vocab::OrganizationId;

#[derive(Debug, Default)]
pub struct References {
    blocks: Mutex<HashMap<(OrganizationId, i32), Range<i32>>>,
}

impl References {
    /// Takes `count` numbers of a year.
    pub async fn take(
        &self,
        app: &App,
        organization: OrganizationId,
        year: i32,
        count: usize,
    ) -> Result<Vec<i32>> {
        let mut blocks = self.blocks.lock().await;
        let block = blocks.entry((organization, year)).or_default();
        let mut numbers = block.by_ref().take(count).collect::<Vec<_>>();
        let missing = count - numbers.len();
        if missing > 0 {
            let wanted = i32::try_from(missing).unwrap_or(i32::MAX);
            let mut tx = app.db.begin(Scope::Organizations(&[organization])).await?;
            // The batch's own commit comes later in the same log and makes this one durable with it.
            sqlx::query!("set local synchronous_commit = off").execute(&mut *tx).await?;
            let first = reference::take(&mut tx, organization, "TCK", year, wanted).await?;
            tx.commit().await?;
            numbers.extend(first..first + wanted);
        }
        Ok(numbers)
    }

    /// Gives back numbers that no ticket took.
    pub async fn give_back(&self, organization: OrganizationId, year: i32, numbers: &[i32]) {
        let (Some(first), Some(last)) = (numbers.first(), numbers.last()) else { return };
        let mut blocks = self.blocks.lock().await;
        let block = blocks.entry((organization, year)).or_default();
        if block.start >= block.end {
            *block = *first..*last + 1;
        } else if last + 1 == block.start {
            *block = *first..block.end;
        } else if block.end == *first {
            *block = block.start..*last + 1;
        }
    }
}
