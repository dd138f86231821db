//! Checkpoints: what a log says of itself, in the three lines that others keep (C2SP `tlog-checkpoint`).

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::Hash;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's own name, unlike any other's.
    pub origin: String,
    pub size: u64,
    pub root: Hash,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotACheckpoint;

impl fmt::Display for NotACheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the text has no origin, size and root, each on a line")
    }
}

impl std::error::Error for NotACheckpoint {}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}\n{}", self.origin, self.size, STANDARD.encode(self.root))
    }
}

impl Checkpoint {
    /// Reads a checkpoint; lines behind the third are extensions and do not matter here.
    pub fn read(text: &str) -> Result<Self, NotACheckpoint> {
        let mut lines = text.strip_suffix('\n').ok_or(NotACheckpoint)?.split('\n');
        let origin = lines.next().filter(|origin| !origin.is_empty()).ok_or(NotACheckpoint)?;
        let size = lines.next().and_then(number).ok_or(NotACheckpoint)?;
        let root = lines.next().and_then(|line| STANDARD.decode(line).ok()).ok_or(NotACheckpoint)?;
        let root = root.try_into().map_err(|_| NotACheckpoint)?;
        if lines.any(str::is_empty) {
            return Err(NotACheckpoint);
        }
        Ok(Self { origin: origin.to_owned(), size, root })
    }
}

/// A number without a sign or leading zeros: each has one way to be written.
fn number(text: &str) -> Option<u64> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    is_plain.then(|| text.parse().ok()).flatten()
}
