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
pub mod fields;
mod inventory;
pub mod model;
mod store;

pub use card::AssetCard;
pub use inventory::{Entry, Inventory, follow};
