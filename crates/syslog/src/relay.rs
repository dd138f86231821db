//! What rsyslog does to control characters when it passes a message on (`EscapeControlCharactersOnReceive`).

use std::borrow::Cow;

use memchr::memmem;

/// Turns `#011` and `#015#012` back into TAB and CRLF, where the content shows that a relay made them: no control
/// character is left in it, and it holds Snare's `MSWinEventLog#011` or an escaped line end. Elsewhere `#012` may be an
/// article number, and stays. Bytes beyond ASCII stay as they are.
pub fn undo_relay_escapes(body: &[u8]) -> Cow<'_, [u8]> {
    let is_shown = memchr::memchr(b'#', body).is_some()
        && [&b"MSWinEventLog#011"[..], b"#015#012", b"#012#011"]
            .iter()
            .any(|mark| memmem::find(body, mark).is_some())
        && memchr::memchr3(b'\t', b'\r', b'\n', body).is_none();
    if !is_shown {
        return Cow::Borrowed(body);
    }
    let mut plain = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some(at) = memchr::memchr(b'#', rest) {
        let (before, from) = rest.split_at(at);
        plain.extend_from_slice(before);
        match control_character(from) {
            Some(byte) => {
                plain.push(byte);
                rest = from.get(4..).unwrap_or_default();
            }
            None => {
                plain.push(b'#');
                rest = from.get(1..).unwrap_or_default();
            }
        }
    }
    plain.extend_from_slice(rest);
    Cow::Owned(plain)
}

/// The byte that `#` and three octal digits mean, if it is a control character.
fn control_character(bytes: &[u8]) -> Option<u8> {
    let digits = bytes.get(1..4)?;
    if !digits.iter().all(|digit| matches!(digit, b'0'..=b'7')) {
        return None;
    }
    let value = digits.iter().fold(0_u16, |value, digit| value * 8 + u16::from(digit - b'0'));
    u8::try_from(value).ok().filter(|byte| byte.is_ascii_control())
}
