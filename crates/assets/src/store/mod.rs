//! Every SQL statement of this module.

mod addresses;
mod assets;
mod import;
mod inventory;
mod list;
mod relations;
mod terms;

pub use addresses::{Holder, holders, replace_addresses};
pub use assets::{asset, cards, delete, insert, update};
pub use import::{apply, assets_by_name};
pub use inventory::{inventory_entries, next_revision, revisions};
pub use list::{AssetSort, Filter, Place, list};
pub use relations::{delete_relation, insert_relation, relations};
pub use terms::{query_text, terms_of};
