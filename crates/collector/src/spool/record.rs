//! One accepted message on disk: its length and checksum, what is known of its way here, its bytes.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use bytes::Bytes;
use time::OffsetDateTime;
use uuid::Uuid;
use vocab::SourceId;

/// Length and checksum before each record.
const FRAME: usize = 8;
/// No record is longer: a length beyond it is damage.
const LONGEST: usize = 4 * 1024 * 1024;
/// What stands before peer and message: time, address, port, transport, flags, source, the peer's length.
const HEAD: usize = 8 + 16 + 2 + 1 + 1 + 16 + 1;

vocab::text_enum! {
    pub enum Transport {
        Udp = "udp",
        Tcp = "tcp",
        Tls = "tls",
    }
}

/// A message as it was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    pub received_at: OffsetDateTime,
    pub sender: SocketAddr,
    pub transport: Transport,
    pub source: SourceId,
    /// The client certificate's SHA-256, in hexadecimal.
    pub peer: Option<String>,
    /// Whether it was longer than is kept.
    pub is_cut: bool,
    pub message: Bytes,
}

/// A message read from the spool, and where the next one begins.
#[derive(Debug, Clone)]
pub struct Record {
    pub accepted: Accepted,
    pub position: u64,
    pub end: u64,
}

/// Records to be appended together.
#[derive(Debug, Default)]
pub struct Batch {
    pub bytes: Vec<u8>,
    pub count: usize,
}

/// Who sent, how and when: the same for all messages of a read.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    pub received_at: OffsetDateTime,
    pub sender: SocketAddr,
    pub transport: Transport,
    pub source: SourceId,
    pub peer: Option<&'a str>,
}

impl Batch {
    pub fn push(&mut self, origin: &Origin<'_>, message: &[u8], is_cut: bool) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(&[0; FRAME]);
        let nanos = i64::try_from(origin.received_at.unix_timestamp_nanos()).unwrap_or_default();
        self.bytes.extend_from_slice(&nanos.to_le_bytes());
        let ip = match origin.sender.ip() {
            IpAddr::V4(ip) => ip.to_ipv6_mapped(),
            IpAddr::V6(ip) => ip,
        };
        self.bytes.extend_from_slice(&ip.octets());
        self.bytes.extend_from_slice(&origin.sender.port().to_le_bytes());
        self.bytes.extend_from_slice(&[origin.transport as u8, u8::from(is_cut)]);
        self.bytes.extend_from_slice(origin.source.uuid().as_bytes());
        let peer = origin.peer.unwrap_or_default();
        let peer = peer.get(..peer.len().min(255)).unwrap_or_default();
        self.bytes.push(u8::try_from(peer.len()).unwrap_or_default());
        self.bytes.extend_from_slice(peer.as_bytes());
        self.bytes.extend_from_slice(message);
        let (frame, body) = self.bytes.split_at_mut(start + FRAME);
        let length = u32::try_from(body.len()).unwrap_or(u32::MAX).to_le_bytes();
        let sum = crc32fast::hash(body).to_le_bytes();
        for (to, from) in frame.iter_mut().skip(start).zip(length.into_iter().chain(sum)) {
            *to = from;
        }
        self.count += 1;
    }
}

/// What stands at the beginning of some bytes.
pub enum Read {
    /// A record, and how many bytes it takes.
    Whole(Accepted, usize),
    /// The bytes end within it; so many are needed, as far as is known.
    More(usize),
    Damaged,
}

/// The bytes that a record says it takes, whether or not the rest of it is whole.
pub fn claimed(bytes: &[u8]) -> Option<usize> {
    let length = number(bytes, 0)? as usize;
    (HEAD..=LONGEST).contains(&length).then_some(FRAME + length)
}

/// Reads the record at `at`.
pub fn read(bytes: &Bytes, at: usize) -> Read {
    let Some(rest) = bytes.get(at..) else { return Read::More(FRAME) };
    let (Some(length), Some(sum)) = (number(rest, 0), number(rest, 4)) else { return Read::More(FRAME) };
    let length = length as usize;
    if !(HEAD..=LONGEST).contains(&length) {
        return Read::Damaged;
    }
    let Some(body) = rest.get(FRAME..FRAME + length) else { return Read::More(FRAME + length) };
    if crc32fast::hash(body) != sum {
        return Read::Damaged;
    }
    match accepted(body, |from| bytes.slice(at + FRAME + from..at + FRAME + length)) {
        Some(accepted) => Read::Whole(accepted, FRAME + length),
        None => Read::Damaged,
    }
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn accepted(body: &[u8], slice: impl Fn(usize) -> Bytes) -> Option<Accepted> {
    let nanos = i64::from_le_bytes(body.get(..8)?.try_into().ok()?);
    let ip = <[u8; 16]>::try_from(body.get(8..24)?).ok()?;
    let port = u16::from_le_bytes(body.get(24..26)?.try_into().ok()?);
    let transport = match body.get(26)? {
        0 => Transport::Udp,
        1 => Transport::Tcp,
        _ => Transport::Tls,
    };
    let is_cut = *body.get(27)? == 1;
    let source = Uuid::from_slice(body.get(28..44)?).ok()?;
    let message_at = HEAD + usize::from(*body.get(44)?);
    let peer = std::str::from_utf8(body.get(HEAD..message_at)?).ok()?;
    Some(Accepted {
        received_at: OffsetDateTime::from_unix_timestamp_nanos(i128::from(nanos)).ok()?,
        sender: SocketAddr::new(IpAddr::V6(Ipv6Addr::from(ip)).to_canonical(), port),
        transport,
        source: SourceId(source),
        peer: Some(peer.to_owned()).filter(|peer| !peer.is_empty()),
        is_cut,
        message: slice(message_at),
    })
}
