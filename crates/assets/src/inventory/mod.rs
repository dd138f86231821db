//! Who is this address? Answered from memory: the intake asks for every alert.
//!
//! Reading takes no lock and no I/O. Every organization has a table of its own, built whole from one snapshot of the
//! database and swapped in; a table never goes back to an older revision.

mod follow;
mod table;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use arc_swap::ArcSwap;
use ipnet::IpNet;
use platform::Result;
use platform::db::Db;
use tokio::sync::Mutex;
use vocab::OrganizationId;

use crate::{AssetCard, store};

pub(crate) use follow::TOPIC;
pub use follow::follow;
pub use table::Entry;
pub(crate) use table::Table;

type Tables = HashMap<OrganizationId, Arc<Table>>;

/// The active assets of every organization, by address and by hostname. Planned and retired assets are not found.
#[derive(Debug, Default)]
pub struct Inventory {
    tables: ArcSwap<Tables>,
    /// One reload at a time: whoever waited finds their change already read.
    reloading: Mutex<()>,
}

impl Inventory {
    /// Reads the assets of every organization.
    pub async fn load(db: &Db) -> Result<Self> {
        let inventory = Self::default();
        inventory.heal(db).await?;
        Ok(inventory)
    }

    /// The asset of the longest prefix that holds `address`; a host's own entry is the longest of all.
    pub fn find(&self, organization: OrganizationId, address: IpAddr) -> Option<Arc<AssetCard>> {
        self.tables.load().get(&organization)?.find(address).map(|(_, card)| card.clone())
    }

    /// [`find`](Self::find), and the prefix that matched.
    pub fn find_with_prefix(
        &self,
        organization: OrganizationId,
        address: IpAddr,
    ) -> Option<(IpNet, Arc<AssetCard>)> {
        let tables = self.tables.load();
        let (prefix, card) = tables.get(&organization)?.find(address)?;
        Some((prefix, card.clone()))
    }

    /// The asset of a hostname, in any case. A name without a dot also finds `name.any.domain`, when one asset only
    /// has that.
    pub fn find_by_hostname(&self, organization: OrganizationId, hostname: &str) -> Option<Arc<AssetCard>> {
        self.tables.load().get(&organization)?.find_by_hostname(hostname).cloned()
    }

    /// How many assets of an organization can be found.
    pub fn assets(&self, organization: OrganizationId) -> usize {
        self.tables.load().get(&organization).map_or(0, |table| table.assets())
    }

    /// Replaces an organization's table by `entries`, unless what is there is of a later revision.
    pub fn install(&self, organization: OrganizationId, revision: i64, entries: Vec<Entry>) {
        self.swap_in(organization, Arc::new(Table::build(revision, entries)));
    }

    fn swap_in(&self, organization: OrganizationId, table: Arc<Table>) {
        self.tables.rcu(|tables| {
            let mut tables = Tables::clone(tables);
            let is_newer = tables.get(&organization).is_none_or(|known| known.revision <= table.revision);
            if is_newer {
                tables.insert(organization, table.clone());
            }
            tables
        });
    }

    /// Reads an organization anew unless its table already shows `revision`.
    pub async fn refresh(&self, db: &Db, organization: OrganizationId, revision: i64) -> Result<()> {
        if self.revision(organization) >= revision {
            return Ok(());
        }
        let _alone = self.reloading.lock().await;
        if self.revision(organization) >= revision {
            return Ok(());
        }
        let (revision, entries) = store::inventory_entries(db, organization).await?;
        // A large table takes a while to build: not on a thread that answers requests.
        let table = tokio::task::spawn_blocking(move || Table::build(revision, entries)).await?;
        self.swap_in(organization, Arc::new(table));
        Ok(())
    }

    /// Reads anew every organization whose assets changed since its table was built: what a lost signal left undone.
    pub async fn heal(&self, db: &Db) -> Result<()> {
        for (organization, revision) in store::revisions(db, None).await? {
            self.refresh(db, organization, revision).await?;
        }
        Ok(())
    }

    /// Reads these organizations anew where their assets changed.
    pub(crate) async fn heal_some(&self, db: &Db, organizations: &[OrganizationId]) -> Result<()> {
        for (organization, revision) in store::revisions(db, Some(organizations)).await? {
            self.refresh(db, organization, revision).await?;
        }
        Ok(())
    }

    fn revision(&self, organization: OrganizationId) -> i64 {
        self.tables.load().get(&organization).map_or(-1, |table| table.revision)
    }
}
