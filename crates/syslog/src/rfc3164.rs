//! RFC 3164 as devices write it. The RFC describes more than it prescribes, so this takes what it is sure of: a header
//! part that is not clearly there stays in the body.

use crate::message::{Arrival, Header, Message};
use crate::timestamp;

/// Longer is no tag. RFC 3164, 4.1.3 says 32; programs' names are longer.
const TAG: usize = 128;

/// Longer is no host (RFC 1035).
const HOST: usize = 255;

pub(crate) fn read<'a>(message: &mut Message<'a>, bytes: &'a [u8], arrival: &Arrival) {
    let bytes = bytes.trim_ascii_start();
    let start = sequence_number(bytes).unwrap_or(bytes);
    if let Some(behind_time) = time(message, start, arrival) {
        message.header = Header::Rfc3164;
        host_and_tag(message, behind_time);
        return;
    }
    // Cisco's origin-id stands before the time: `router1: *Mar  1 18:46:11.123 UTC: %SYS-5-CONFIG_I: ...`.
    if let Some((host, behind_host)) = host_with_colon(start)
        && let Some(behind_time) = time(message, behind_host, arrival)
    {
        message.header = Header::Rfc3164;
        message.host = Some(host);
        tag_or_body(message, behind_time.trim_ascii_start(), true);
        return;
    }
    tag_or_body(message, start, false);
}

/// Behind Cisco's `123: `, which counts the device's messages.
fn sequence_number(bytes: &[u8]) -> Option<&[u8]> {
    let digits = bytes.iter().take(12).take_while(|byte| byte.is_ascii_digit()).count();
    let rest = bytes.get(digits..)?.strip_prefix(b":")?;
    (digits > 0 && rest.first().is_none_or(|byte| *byte == b' ')).then(|| rest.trim_ascii_start())
}

/// Reads the time, and returns what is behind it. Cisco puts `*` or `.` before a time whose clock is not set.
fn time<'a>(message: &mut Message<'a>, bytes: &'a [u8], arrival: &Arrival) -> Option<&'a [u8]> {
    let unmarked = bytes.strip_prefix(b"*").or_else(|| bytes.strip_prefix(b".")).unwrap_or(bytes);
    if let Some(iso) = timestamp::iso(unmarked) {
        let rest = iso.rest.strip_prefix(b":").unwrap_or(iso.rest);
        if rest.first().is_none_or(u8::is_ascii_whitespace) {
            message.time = iso.time(Some(arrival));
            return Some(rest);
        }
    }
    let bsd = timestamp::bsd(unmarked)?;
    match bsd.time(arrival) {
        Ok(time) => message.time = Some(time),
        Err(problem) => message.problems.push(problem),
    }
    Some(bsd.rest)
}

fn host_and_tag<'a>(message: &mut Message<'a>, bytes: &'a [u8]) {
    let mut rest = bytes.trim_ascii_start();
    // What AIX puts in.
    if let Some((host, behind)) = rest.strip_prefix(b"Message forwarded from ").and_then(host_with_colon) {
        message.host = Some(host);
        rest = behind;
    } else if let Some((host, behind)) = host(rest) {
        message.host = (host != "-").then_some(host);
        rest = behind;
    }
    tag_or_body(message, rest, true);
}

/// A word that can be a host: what ends in a colon or holds a bracket is a tag, what holds `=` or `|` a body.
fn host(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let (word, rest) = word(bytes)?;
    Some((host_name(word)?, rest))
}

fn host_with_colon(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let (word, rest) = word(bytes)?;
    Some((host_name(word.strip_suffix(b":")?)?, rest))
}

fn word(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().take(HOST + 2).position(|byte| *byte == b' ');
    let end = end.or((bytes.len() <= HOST).then_some(bytes.len()))?;
    let (word, rest) = bytes.split_at_checked(end)?;
    Some((word, rest.trim_ascii_start()))
}

fn host_name(word: &[u8]) -> Option<&str> {
    let is_part =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b':' | 0x80..);
    let is_name = !word.is_empty() && word.len() <= HOST && word.last() != Some(&b':');
    (is_name && word.iter().all(is_part)).then(|| std::str::from_utf8(word).ok()).flatten()
}

/// `sshd[4711]: body`, `su: body`, or all body. Without a time before it only what ends in a colon is a tag: any text may
/// begin with a word in brackets.
fn tag_or_body<'a>(message: &mut Message<'a>, bytes: &'a [u8], is_behind_time: bool) {
    message.body = bytes;
    let Some((app, process_id, body)) = tag(bytes, is_behind_time) else { return };
    message.header = Header::Rfc3164;
    message.app = Some(app);
    message.process_id = process_id;
    message.body = body;
}

type Tag<'a> = (&'a str, Option<&'a str>, &'a [u8]);

fn tag(bytes: &[u8], is_behind_time: bool) -> Option<Tag<'_>> {
    let length = bytes.iter().take(TAG + 1).position(|byte| !is_tag(*byte))?;
    let (name, rest) = bytes.split_at_checked(length)?;
    // These begin a body: `CEF: 0|Fortinet|...`.
    if name.is_empty() || matches!(name, b"CEF" | b"LEEF") {
        return None;
    }
    let name = std::str::from_utf8(name).ok()?;
    let (process_id, rest) = match rest.strip_prefix(b"[") {
        Some(inside) => {
            let end = inside.iter().take(TAG).position(|byte| matches!(byte, b']' | b'[' | b' '))?;
            let (id, rest) = inside.split_at_checked(end)?;
            let id = std::str::from_utf8(id).ok()?;
            (Some(id).filter(|id| !matches!(*id, "" | "-")), rest.strip_prefix(b"]")?)
        }
        None => (None, rest),
    };
    let is_bracketed = bytes.get(length) == Some(&b'[');
    let rest = match rest.strip_prefix(b":") {
        Some(rest) => rest,
        None if is_bracketed && is_behind_time => rest,
        None => return None,
    };
    if rest.first().is_some_and(|byte| !byte.is_ascii_whitespace()) {
        return None;
    }
    Some((name, process_id, rest.strip_prefix(b" ").unwrap_or(rest)))
}

fn is_tag(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'-' | b'_' | b'.' | b'/' | b'(' | b')' | b'%' | b'#' | b'@' | b'+' | b'*' | 0x80..)
}
