//! RFC 5424, 6: `VERSION SP TIMESTAMP SP HOSTNAME SP APP-NAME SP PROCID SP MSGID SP STRUCTURED-DATA [SP MSG]`.

use crate::message::{Header, Message, Problem};
use crate::structured_data::StructuredData;
use crate::timestamp;

pub(crate) enum Outcome<'a> {
    Read,
    /// No version: something else.
    Foreign,
    /// A version, and then something that RFC 5424 does not allow.
    Broken {
        what: &'static str,
        behind_version: &'a [u8],
    },
}

/// Reads what follows the priority into `message`.
pub(crate) fn read<'a>(message: &mut Message<'a>, bytes: &'a [u8]) -> Outcome<'a> {
    let Some(behind_version) = version(bytes) else { return Outcome::Foreign };
    match fields(message, behind_version) {
        Ok(()) => {
            message.header = Header::Rfc5424;
            Outcome::Read
        }
        Err(what) => Outcome::Broken { what, behind_version },
    }
}

/// Behind `1 `; 6.2.2 allows three digits, the first not zero.
fn version(bytes: &[u8]) -> Option<&[u8]> {
    let digits = bytes.iter().take(4).take_while(|byte| byte.is_ascii_digit()).count();
    let is_version = (1..=3).contains(&digits) && bytes.first() != Some(&b'0');
    bytes.get(digits..)?.strip_prefix(b" ").filter(|_| is_version)
}

fn fields<'a>(message: &mut Message<'a>, bytes: &'a [u8]) -> Result<(), &'static str> {
    let rest = time(message, bytes)?;
    let rest = field(message, rest, "HOSTNAME", 255, |message| &mut message.host)?;
    let rest = field(message, rest, "APP-NAME", 48, |message| &mut message.app)?;
    let rest = field(message, rest, "PROCID", 128, |message| &mut message.process_id)?;
    let rest = field(message, rest, "MSGID", 32, |message| &mut message.message_id)?;
    let (data, rest) = StructuredData::split(rest, &mut message.problems)?;
    message.structured_data = data;
    let body = match rest.split_first() {
        None => rest,
        Some((b' ', body)) => body,
        // Some senders forget the space before their text, and mean text by what follows.
        Some(_) => return Err("no space follows the structured data"),
    };
    message.body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    Ok(())
}

fn time<'a>(message: &mut Message<'a>, bytes: &'a [u8]) -> Result<&'a [u8], &'static str> {
    const WHAT: &str = "its time is none";
    if let Some(rest) = bytes.strip_prefix(b"- ") {
        return Ok(rest);
    }
    let iso = timestamp::iso(bytes).filter(|iso| iso.is_strict).ok_or(WHAT)?;
    if iso.fraction_digits > 6 {
        message.problems.push(Problem::LongFraction);
    }
    message.time = Some(iso.time(None).ok_or(WHAT)?);
    iso.rest.strip_prefix(b" ").ok_or(WHAT)
}

/// One field up to the space behind it; `-` is none.
fn field<'a>(
    message: &mut Message<'a>,
    bytes: &'a [u8],
    name: &'static str,
    most: usize,
    slot: for<'m> fn(&'m mut Message<'a>) -> &'m mut Option<&'a str>,
) -> Result<&'a [u8], &'static str> {
    let end = memchr::memchr(b' ', bytes).ok_or("a header field is missing")?;
    let (value, rest) = bytes.split_at_checked(end).ok_or("a header field is missing")?;
    let text = std::str::from_utf8(value).map_err(|_| "a header field is not UTF-8")?;
    if text.is_empty() {
        return Err("a header field is empty");
    }
    if text.len() > most || !value.iter().all(u8::is_ascii_graphic) {
        message.problems.push(Problem::HeaderField(name));
    }
    *slot(message) = Some(text).filter(|text| *text != "-");
    Ok(rest.get(1..).unwrap_or_default())
}
