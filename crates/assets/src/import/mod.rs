//! Assets from a table that another tool or a person made.
//!
//! Bytes become a [`Sheet`](sheet::Sheet) (encoding and separator detected), its rows become [`Draft`](draft::Draft)s
//! (header and values in English or Spanish), and drafts compared with the database become a [`Plan`](plan::Plan):
//! what would be added, changed and left, and what is wrong in which row and column. Nothing here writes.

pub mod columns;
pub mod draft;
pub mod plan;
pub mod sheet;
#[cfg(test)]
mod tests;
pub mod words;

use serde::Serialize;
use utoipa::ToSchema;

/// The largest table taken.
pub const MAX_BYTES: usize = 10 * 1024 * 1024;
/// The most rows taken, the header not counted.
pub const MAX_ROWS: usize = 100_000;

/// What is wrong with a cell, or with a whole row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RowError {
    /// As a spreadsheet numbers it: the header is row 1.
    pub row: u32,
    /// The column as its header writes it; null for the whole row.
    pub column: Option<String>,
    pub message: String,
}
