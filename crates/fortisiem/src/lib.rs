//! What FortiSIEM sends, read: bytes in, [`Notification`]s out.
//!
//! FortiSIEM tells of an incident in four ways, and relays mix them: the `<incident>` document of a notification
//! policy, the bare `<event name="phRuleIncident">` of its rule engine, the JSON of its REST interface, and CEF over
//! syslog. [`read`] tells them apart by content alone, since neither the content type nor the transport is reliable.
//!
//! Words: a **delivery** is one body; its **elements** are the incidents in it, each with the range of the body's bytes
//! it was read from, so that a caller can keep and hash every element by itself. A **problem** is something odd in an
//! incident that remains usable; an [`Unreadable`] is a body or an element of which nothing usable remains.
//!
//! Invariants: no I/O, no clock, no randomness; never a panic; bounded in bytes, depth, attributes and text; no document
//! type, no entity but the five of XML; a bad element of a list never sinks its neighbours.

mod addresses;
mod cef_delivery;
mod draft;
mod entries;
mod event;
mod incident;
mod json;
mod known_attributes;
mod limits;
mod raw_events;
mod reading;
mod source;
mod techniques;
mod times;
mod unreadable;
mod xml;
mod xml_delivery;

use std::ops::Range;

use sha2::{Digest, Sha256};
use time::UtcOffset;
use vocab::Notification;

use source::Source;

pub use limits::Limits;
pub use unreadable::{Position, Unreadable, code};

/// One body, read.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// Whether the body was written as a list, even a list of one.
    pub is_list: bool,
    /// The incidents, in the order of the body. A body that is no list has exactly one.
    pub elements: Vec<Element>,
}

/// One incident of a delivery.
#[derive(Debug, Clone, PartialEq)]
pub struct Element {
    /// The bytes of the body it was read from: the whole body where that is no list.
    pub raw: Range<usize>,
    pub reading: Result<Notification, Unreadable>,
}

/// Reads a body. Times whose zone is ambiguous (`ART`, `IST`) stay text.
///
/// A body that is no list and cannot be read is the outer error; in a list, the bad elements are.
pub fn read(body: &[u8], limits: &Limits) -> Result<Delivery, Unreadable> {
    read_body(body, limits, None)
}

/// Reads a body as [`read`] does, and takes times whose zone is ambiguous or missing to be in `zone`.
pub fn read_in_zone(body: &[u8], limits: &Limits, zone: UtcOffset) -> Result<Delivery, Unreadable> {
    read_body(body, limits, Some(zone))
}

fn read_body(body: &[u8], limits: &Limits, zone: Option<UtcOffset>) -> Result<Delivery, Unreadable> {
    if body.len() > limits.bytes {
        return Err(Unreadable::whole(
            code::TOO_LARGE,
            format!("the body is larger than {} bytes", limits.bytes),
        ));
    }
    let source = Source::decode(body)?;
    let text = source.text.trim_start_matches(is_padding);
    let start = source.text.len() - text.len();
    let first_line = text.lines().next().unwrap_or_default();
    if log_formats::cef::cef_start(first_line).is_some() {
        return cef_delivery::read_cef(&source, limits, zone);
    }
    match text.as_bytes().first() {
        None => Err(source.unreadable(code::EMPTY, "the body is empty", 0, "")),
        Some(b'{' | b'[') => json::read_json(&source, limits, zone),
        Some(_) => match xml_start(text) {
            Some(at) => xml_delivery::read_xml(&source, start + at, limits, zone),
            None => Err(source.unreadable(code::UNKNOWN_SHAPE, "neither XML, JSON nor CEF", start, "")),
        },
    }
}

/// What senders put before and behind a body: white space, byte order marks of joined files, the NUL of datagrams.
pub(crate) fn is_padding(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{feff}' | '\0')
}

/// Where the XML begins: at once, or behind the syslog header of an incident sent as a datagram.
fn xml_start(text: &str) -> Option<usize> {
    if text.starts_with('<') && !raw_events::begins_with_priority(text) {
        return Some(0);
    }
    let header = text.get(..text.floor_char_boundary(200))?;
    ["<?xml", "<!--", "<incident", "<event"].iter().filter_map(|begin| header.find(begin)).min()
}

/// The first 16 bytes of SHA-256 over the body, the ASCII white space around it left out.
///
/// Nothing else is made equal: two spellings of one incident are two payloads.
pub fn payload_hash(body: &[u8]) -> [u8; 16] {
    let digest = Sha256::digest(body.trim_ascii());
    let mut hash = [0; 16];
    hash.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    hash
}
