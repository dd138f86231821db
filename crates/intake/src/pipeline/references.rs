//! Ticket numbers taken ahead: a number taken in the batch's own transaction would lock its organization's counter
//! until the commit, and make the writers of every node wait for each other.
//!
//! As many are taken as the batch may need and what it leaves over is used by the next, so that a quiet organization
//! counts without gaps; a restart loses at most what the last batch left over.

use std::collections::{BTreeSet, HashMap};

use platform::db::Scope;
use platform::{App, Result, reference};
use tokio::sync::Mutex;
use vocab::OrganizationId;

/// From this many incidents in a batch on, it is load.
const LOAD: usize = 4;
/// Taken beyond the need under load.
const AHEAD: usize = 500;

#[derive(Debug, Default)]
pub struct References {
    /// A set and no range: between two takes other writers and nodes take theirs.
    free: Mutex<HashMap<(OrganizationId, i32), BTreeSet<i32>>>,
}

impl References {
    /// Takes `count` numbers of a year, the smallest first.
    pub async fn take(
        &self,
        app: &App,
        organization: OrganizationId,
        year: i32,
        count: usize,
    ) -> Result<Vec<i32>> {
        let mut all = self.free.lock().await;
        let free = all.entry((organization, year)).or_default();
        if free.len() < count {
            let ahead = if count >= LOAD { AHEAD } else { 0 };
            let wanted = i32::try_from(count - free.len() + ahead).unwrap_or(i32::MAX);
            let mut tx = app.db.begin(Scope::Organizations(&[organization])).await?;
            // The batch's own commit comes later in the same log and makes this one durable with it.
            sqlx::query!("set local synchronous_commit = off").execute(&mut *tx).await?;
            let first = reference::take(&mut tx, organization, "TCK", year, wanted).await?;
            tx.commit().await?;
            free.extend(first..first + wanted);
        }
        Ok(std::iter::from_fn(|| free.pop_first()).take(count).collect())
    }

    /// Gives back numbers that no ticket took.
    pub async fn give_back(&self, organization: OrganizationId, year: i32, numbers: &[i32]) {
        let mut all = self.free.lock().await;
        all.entry((organization, year)).or_default().extend(numbers);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_comes_back_never_includes_what_lies_between() {
        let (references, organization) = (References::default(), OrganizationId::new());
        references.give_back(organization, 2026, &[5, 11, 12]).await;
        references.give_back(organization, 2026, &[3]).await;
        let free = references.free.lock().await;
        let free = free.get(&(organization, 2026)).map(|free| free.iter().copied().collect::<Vec<_>>());
        assert_eq!(free, Some(vec![3, 5, 11, 12]));
    }
}
