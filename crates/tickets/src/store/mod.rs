//! Every SQL statement of this crate.

pub mod activity;
pub mod attachments;
mod conditions;
pub mod count;
pub mod detail;
pub mod links;
pub mod list;
mod list_statements;
pub mod merges;
pub mod of_asset;
mod queue;
pub mod rows;
pub mod similar;
pub mod statuses;
pub mod summary;
pub mod terms;
pub mod views;
