//! Verifying an export, far from the database.

use std::io::BufRead;

use anyhow::{Context, Result, ensure};
use merkle::VerifyingKey;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Content, Entry, Report, Verifier, WitnessCopy};
use crate::export::{FORMAT, Header, Line};
use crate::store::Checkpoint;
use crate::witness::file::read_note;

/// Recomputes every leaf of an export from its record and the root of all.
pub fn verify_export(
    export: impl BufRead,
    key: &VerifyingKey,
    witness: Option<&WitnessCopy>,
) -> Result<Report> {
    let mut lines = export.lines();
    let header = lines.next().context("the export is empty")??;
    let header: Header = serde_json::from_str(&header).context("the export's first line")?;
    ensure!(header.format == FORMAT, "the export has the format {:?}, not {FORMAT:?}", header.format);
    let said = read_note(&header.note)?;
    let mut verifier = Verifier::new(key, witness);
    let mut finding = None;
    for (number, line) in lines.enumerate() {
        let line: Line = serde_json::from_str(&line?).with_context(|| format!("line {}", number + 2))?;
        let leaf = line.leaf()?;
        let record_id = line.record.as_ref().map_or(Uuid::nil(), |record| record.id);
        let content = match line.record {
            Some(record) => Content::Record(Box::new(record)),
            None if header.is_whole => Content::Missing,
            None => Content::Withheld,
        };
        finding = verifier.leaf(&Entry { index: line.index, record_id, leaf, content })?;
        if finding.is_some() {
            break;
        }
    }
    let made_at = OffsetDateTime::UNIX_EPOCH;
    let checkpoint = Checkpoint { size: said.size, root: said.root, note: header.note, made_at };
    if finding.is_none() && verifier.size() == said.size {
        finding = verifier.checkpoint(&checkpoint);
    }
    let finding = finding.or_else(|| verifier.end(said.size, verifier.size()));
    Ok(verifier.report(0, finding))
}
