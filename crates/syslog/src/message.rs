use std::fmt;

use time::{OffsetDateTime, PrimitiveDateTime, UtcOffset};

use crate::priority::Priority;
use crate::structured_data::StructuredData;
use crate::{rfc3164, rfc5424};

/// One message. Every part is borrowed from what was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Message<'a> {
    pub header: Header,
    pub priority: Priority,
    pub time: Option<Time>,
    pub host: Option<&'a str>,
    /// RFC 5424's APP-NAME, RFC 3164's TAG.
    pub app: Option<&'a str>,
    pub process_id: Option<&'a str>,
    pub message_id: Option<&'a str>,
    pub structured_data: StructuredData<'a>,
    /// The sender's own text, without byte order mark and trailing line end. Not always UTF-8.
    pub body: &'a [u8],
    pub problems: Vec<Problem>,
}

/// What kind of header was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Header {
    Rfc5424,
    Rfc3164,
    /// Neither time nor tag: all is body.
    None,
}

/// When the message was made, as its header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Time {
    /// In UTC.
    pub at: OffsetDateTime,
    /// As the sender's clock shows it.
    pub wall: PrimitiveDateTime,
    /// Whether the header named a zone; otherwise the arrival's was taken.
    pub has_zone: bool,
    /// Whether the header named a year; otherwise the one that brings the time next to the arrival was taken.
    pub has_year: bool,
}

/// What the header leaves open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    pub received_at: OffsetDateTime,
    /// The zone of times that name none: the sender's clock.
    pub zone: UtcOffset,
}

/// Something odd in a message that remains usable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// No `<PRI>`, or one beyond 191: taken as 13.
    NoPriority,
    /// It begins as RFC 5424 and is not: what is wrong first.
    NotRfc5424(&'static str),
    /// A header field that is longer than RFC 5424 allows, or not of printable ASCII.
    HeaderField(&'static str),
    /// More than six digits of a second's fraction (RFC 5424, 6.2.3).
    LongFraction,
    /// An SD-ID that stands twice (RFC 5424, 6.3.2): both are kept.
    RepeatedElement,
    /// A structured data name beyond RFC 5424, 6.3: kept.
    StructuredDataName,
    /// A day that no year near the arrival has: 29 February.
    NoSuchDay,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::NoPriority => f.write_str("no priority: taken as 13"),
            Problem::NotRfc5424(what) => write!(f, "begins as RFC 5424, but {what}"),
            Problem::HeaderField(field) => write!(f, "{field} is too long, or not of printable ASCII"),
            Problem::LongFraction => f.write_str("more than six digits of a second's fraction"),
            Problem::RepeatedElement => f.write_str("a structured data element stands twice"),
            Problem::StructuredDataName => f.write_str("a name of structured data is not allowed"),
            Problem::NoSuchDay => f.write_str("no year near the arrival has such a day"),
        }
    }
}

/// Reads one frame or datagram. There is always a message: what has no header is all body.
pub fn parse<'a>(bytes: &'a [u8], arrival: &Arrival) -> Message<'a> {
    let bytes = trim(bytes);
    let (priority, rest) = match Priority::split(bytes) {
        Some((priority, rest)) => (priority, rest),
        None => (Priority::MISSING, bytes),
    };
    let mut message = Message::bare(priority, rest);
    if rest.len() == bytes.len() {
        message.problems.push(Problem::NoPriority);
        rfc3164::read(&mut message, rest, arrival);
        return message;
    }
    match rfc5424::read(&mut message, rest) {
        rfc5424::Outcome::Read => {}
        rfc5424::Outcome::Foreign => rfc3164::read(&mut message, rest, arrival),
        rfc5424::Outcome::Broken { what, behind_version } => {
            message = Message::bare(priority, rest);
            message.problems.push(Problem::NotRfc5424(what));
            // Some senders put `VERSION TIMESTAMP HOST` before their own text and leave the rest out.
            let begins_with_time = crate::timestamp::iso(behind_version).is_some();
            rfc3164::read(&mut message, if begins_with_time { behind_version } else { rest }, arrival);
        }
    }
    message
}

impl<'a> Message<'a> {
    fn bare(priority: Priority, body: &'a [u8]) -> Self {
        Message {
            header: Header::None,
            priority,
            time: None,
            host: None,
            app: None,
            process_id: None,
            message_id: None,
            structured_data: StructuredData::default(),
            body: body.trim_ascii_start(),
            problems: Vec::new(),
        }
    }
}

/// White space and NUL before the priority, line ends and NUL behind the body: what framing and senders leave.
fn trim(bytes: &[u8]) -> &[u8] {
    let is_before = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0);
    let is_behind = |byte: &u8| matches!(byte, b'\r' | b'\n' | 0);
    let start = bytes.iter().position(|byte| !is_before(byte)).unwrap_or(bytes.len());
    let end = bytes.iter().rposition(|byte| !is_behind(byte)).map_or(start, |last| last + 1);
    bytes.get(start..end).unwrap_or_default()
}
