use std::borrow::Cow;

/// What a NUL becomes: PostgreSQL's text cannot hold it.
const NUL: char = '\u{2400}';

/// The text of some bytes, without byte order mark. A NUL becomes `␀`. What is not UTF-8 is read as Latin-1, which is what
/// old senders mean; bytes that Latin-1 has no character for become U+FFFD.
pub fn text(bytes: &[u8]) -> Cow<'_, str> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let whole = std::str::from_utf8(bytes);
    if let Ok(text) = whole {
        return without_nul(Cow::Borrowed(text));
    }
    let mut text = String::with_capacity(bytes.len() + 16);
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        let latin = |byte: &u8| if *byte >= 0xA0 { char::from(*byte) } else { char::REPLACEMENT_CHARACTER };
        text.extend(chunk.invalid().iter().map(latin));
    }
    without_nul(Cow::Owned(text))
}

pub(crate) fn without_nul(text: Cow<'_, str>) -> Cow<'_, str> {
    if memchr::memchr(0, text.as_bytes()).is_none() {
        return text;
    }
    Cow::Owned(text.replace('\0', NUL.encode_utf8(&mut [0; 4])))
}

/// Whether a value says anything: none of the ways to write that there is nothing.
pub(crate) fn is_present(value: &str) -> bool {
    match value.len() {
        0 => false,
        1 => value != "-",
        3 => !value.eq_ignore_ascii_case("N/A"),
        4 => value != "null" && value != "None",
        6 => value != "(null)",
        9 => value != "undefined",
        _ => true,
    }
}

/// Without the quotes that some senders put around values of formats that know none.
pub(crate) fn unquoted(value: &str) -> &str {
    value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value)
}
