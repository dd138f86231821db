//! The CMDB: what an organization has, how much it matters, who answers for it, and who an address is.
//!
//! Words: an [`Asset`](model::Asset) is an entry of the CMDB; its **addresses** are hosts and networks; an
//! [`AssetCard`] is what alerts and tickets show of it; the [`Inventory`] finds active assets by address (the longest
//! prefix wins) and by hostname, from memory; a **relation** joins two assets of one organization.
//! Tables: `assets`, `asset_addresses`, `asset_relations`, `asset_revisions`.
//! Invariants: one name and one address name one asset of an organization; nothing links two organizations; every
//! change counts the organization's revision up, and a look-up table never goes back behind its revision.

pub mod address;
mod card;
mod cell;
pub mod fields;
mod http;
mod import;
mod inventory;
pub mod model;
mod open_tickets;
pub mod relations;
mod store;

use platform::{Module, permission};

pub use card::AssetCard;
pub use inventory::{Entry, Inventory, follow};
pub use open_tickets::OpenTickets;
pub use store::{asset, cards};

permission! {
    pub AssetsRead = "assets:read",
    pub AssetsWrite = "assets:write",
    pub AssetsImport = "assets:import",
    pub AssetsExport = "assets:export",
    /// Declared by the module of tickets: whoever has it also sees how many name an asset.
    TicketsRead = "tickets:read",
}

/// The routes of assets. A process also needs the service [`Inventory`], and [`follow`] to keep it new.
pub fn module() -> Module {
    Module {
        name: "assets",
        routes: http::routes(),
        jobs: Vec::new(),
        permissions: &["assets:read", "assets:write", "assets:import", "assets:export"],
    }
}
