//! Keyset pages: a list goes on after a cursor, never at an offset.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Error, Result};

/// The most rows a page may hold.
pub const MAX_LIMIT: i64 = 200;
const DEFAULT_LIMIT: i64 = 50;

/// A page of a list, and where it goes on.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Give it back as `cursor` for the next page; null at the end.
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// Makes a page of `limit` from up to `limit + 1` rows; `key` says where the last one shown stands.
    pub fn of<K: Serialize>(mut rows: Vec<T>, limit: i64, key: impl Fn(&T) -> K) -> Result<Self> {
        let limit = usize::try_from(limit).unwrap_or(0);
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = match rows.last() {
            Some(last) if has_more => Some(Cursor::write(&key(last))?),
            _ => None,
        };
        Ok(Self { items: rows, next_cursor })
    }
}

/// Opaque to callers: the sort key of the last row they saw.
pub struct Cursor;

impl Cursor {
    pub fn write<K: Serialize>(key: &K) -> Result<String> {
        Ok(URL_SAFE_NO_PAD.encode(serde_json::to_vec(key)?))
    }

    pub fn read<K: DeserializeOwned>(text: &str) -> Result<K> {
        let invalid = || Error::bad_request("invalid_cursor", "The cursor is not one of ours.");
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| invalid())?;
        serde_json::from_slice(&bytes).map_err(|_| invalid())
    }
}

/// `limit` as asked for, within bounds.
pub fn limit(asked: Option<i64>) -> Result<i64> {
    match asked {
        None => Ok(DEFAULT_LIMIT),
        Some(limit) if (1..=MAX_LIMIT).contains(&limit) => Ok(limit),
        Some(_) => Err(Error::invalid_field("limit", format!("is between 1 and {MAX_LIMIT}"))),
    }
}
