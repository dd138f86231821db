//! How a delivery stands in the spool: a line of JSON with its length and checksum, then its bytes as they came.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use anyhow::Result;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use vocab::SourceId;

use crate::reading::Arrival;

#[derive(Debug, Serialize, Deserialize)]
struct Header {
    source: SourceId,
    received_at: i128,
    content_type: Option<String>,
    bytes: usize,
    checksum: String,
}

/// One spooled delivery.
#[derive(Debug)]
pub struct Record {
    pub source: SourceId,
    pub received_at: OffsetDateTime,
    pub content_type: Option<String>,
    pub body: Bytes,
    /// Where the next record begins.
    pub(super) end: u64,
}

pub fn encode(arrival: &Arrival) -> Result<Vec<u8>> {
    let header = Header {
        source: arrival.source.id,
        received_at: arrival.received_at.unix_timestamp_nanos(),
        content_type: arrival.content_type.clone(),
        bytes: arrival.body.len(),
        checksum: checksum(&arrival.body),
    };
    let mut record = serde_json::to_vec(&header)?;
    record.push(b'\n');
    record.extend_from_slice(&arrival.body);
    Ok(record)
}

impl Record {
    /// The record at a place; none at the end or where it is torn.
    pub fn read(path: &Path, at: u64) -> Result<Option<Self>> {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(at))?;
        let mut reader = BufReader::new(file);
        let mut line = Vec::new();
        let taken = reader.by_ref().take(64 * 1024).read_until(b'\n', &mut line)?;
        let Ok(header) = serde_json::from_slice::<Header>(&line) else { return Ok(None) };
        let mut body = Vec::new();
        reader.take(u64::try_from(header.bytes)?).read_to_end(&mut body)?;
        if body.len() != header.bytes || checksum(&body) != header.checksum {
            return Ok(None);
        }
        Ok(Some(Self {
            source: header.source,
            received_at: OffsetDateTime::from_unix_timestamp_nanos(header.received_at)?,
            content_type: header.content_type,
            end: at + u64::try_from(taken + body.len())?,
            body: Bytes::from(body),
        }))
    }
}

fn checksum(body: &[u8]) -> String {
    Sha256::digest(body).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
