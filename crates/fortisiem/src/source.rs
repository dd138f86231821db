//! Bytes to text, and places in the text back to places in the bytes.

use std::borrow::Cow;
use std::cell::Cell;
use std::ops::Range;

use crate::unreadable::{Position, Unreadable, code};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Utf8,
    Utf16Le,
    Utf16Be,
    /// ISO-8859-1 as the world writes it, with the punctuation of windows-1252.
    Latin1,
}

/// A body as text. Offsets in `text` are not offsets in the body once a byte order mark or an encoding is gone:
/// [`Source::raw`] and [`Source::position`] translate.
pub(crate) struct Source<'a> {
    pub text: Cow<'a, str>,
    body_length: usize,
    mark_length: usize,
    encoding: Encoding,
    /// Where the last range and the last position ended. Lists ask for ever later places: from here it is not far, while
    /// counting from the start for each would take quadratic time.
    last_range: Cell<Place>,
    last_position: Cell<Place>,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    offset: usize,
    /// In the body, its byte order mark left out.
    byte: usize,
    line: usize,
    column: usize,
}

const START: Place = Place { offset: 0, byte: 0, line: 1, column: 1 };

impl<'a> Source<'a> {
    pub fn decode(body: &'a [u8]) -> Result<Self, Unreadable> {
        let (encoding, mark_length) = encoding_of(body)?;
        let bytes = body.get(mark_length..).unwrap_or_default();
        let text = match encoding {
            Encoding::Utf8 => utf8(bytes, mark_length)?,
            Encoding::Utf16Le => Cow::Owned(utf16(bytes, u16::from_le_bytes)?),
            Encoding::Utf16Be => Cow::Owned(utf16(bytes, u16::from_be_bytes)?),
            Encoding::Latin1 => Cow::Owned(bytes.iter().copied().map(windows_1252).collect()),
        };
        let (last_range, last_position) = (Cell::new(START), Cell::new(START));
        Ok(Self { text, body_length: body.len(), mark_length, encoding, last_range, last_position })
    }

    /// The body's offset of an offset in the text.
    pub fn body_offset(&self, offset: usize) -> usize {
        let byte = match self.encoding {
            Encoding::Utf8 => offset.min(self.text.len()),
            _ => self.place(&self.last_range, offset).byte,
        };
        (self.mark_length + byte).min(self.body_length)
    }

    pub fn raw(&self, range: &Range<usize>) -> Range<usize> {
        self.body_offset(range.start)..self.body_offset(range.end)
    }

    pub fn position(&self, offset: usize, path: impl Into<String>) -> Position {
        let Place { byte, line, column, .. } = self.place(&self.last_position, offset);
        Position { byte: (self.mark_length + byte).min(self.body_length), line, column, path: path.into() }
    }

    fn place(&self, last: &Cell<Place>, offset: usize) -> Place {
        let offset = self.text.floor_char_boundary(offset);
        let from = if last.get().offset <= offset { last.get() } else { START };
        let between = self.text.get(from.offset..offset).unwrap_or_default();
        let last_line = between.rsplit('\n').next().unwrap_or_default().chars().count();
        let breaks = between.bytes().filter(|byte| *byte == b'\n').count();
        let bytes = match self.encoding {
            Encoding::Utf8 => between.len(),
            Encoding::Utf16Le | Encoding::Utf16Be => between.chars().map(|c| c.len_utf16() * 2).sum(),
            Encoding::Latin1 => between.chars().count(),
        };
        let column = if breaks > 0 { last_line + 1 } else { from.column + last_line };
        let place = Place { offset, byte: from.byte + bytes, line: from.line + breaks, column };
        last.set(place);
        place
    }

    pub fn unreadable(
        &self,
        code: &'static str,
        message: impl Into<String>,
        offset: usize,
        path: impl Into<String>,
    ) -> Unreadable {
        Unreadable { code, message: message.into(), position: self.position(offset, path) }
    }
}

/// The encoding, and how many bytes its mark takes.
fn encoding_of(body: &[u8]) -> Result<(Encoding, usize), Unreadable> {
    match body {
        [0xEF, 0xBB, 0xBF, ..] => return Ok((Encoding::Utf8, 3)),
        [0xFF, 0xFE, ..] => return Ok((Encoding::Utf16Le, 2)),
        [0xFE, 0xFF, ..] => return Ok((Encoding::Utf16Be, 2)),
        [b'<', 0, ..] => return Ok((Encoding::Utf16Le, 0)),
        [0, b'<', ..] => return Ok((Encoding::Utf16Be, 0)),
        _ => {}
    }
    let Some(declared) = declared_encoding(body) else { return Ok((Encoding::Utf8, 0)) };
    match declared.to_ascii_lowercase().as_str() {
        "utf-8" | "utf8" | "us-ascii" | "ascii" => Ok((Encoding::Utf8, 0)),
        "iso-8859-1" | "iso8859-1" | "iso_8859-1" | "latin1" | "latin-1" | "windows-1252" | "cp1252" => {
            Ok((Encoding::Latin1, 0))
        }
        // A relay that decodes a body seldom rewrites its declaration: what is valid UTF-8 is taken for that.
        _ if std::str::from_utf8(body).is_ok() => Ok((Encoding::Utf8, 0)),
        _ => Err(Unreadable::whole(code::UNKNOWN_ENCODING, "the declared encoding is not supported")),
    }
}

/// The `encoding` of an XML declaration at the start of the body.
fn declared_encoding(body: &[u8]) -> Option<&str> {
    let rest = body.trim_ascii_start().strip_prefix(b"<?xml")?;
    let declaration = rest.get(..rest.len().min(200))?;
    let end = declaration.windows(2).position(|pair| pair == b"?>")?;
    let declaration = std::str::from_utf8(declaration.get(..end)?).ok()?;
    let (_, value) = declaration.split_once("encoding")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    value.get(1..)?.split_once(quote).map(|(name, _)| name)
}

fn utf8(bytes: &[u8], mark_length: usize) -> Result<Cow<'_, str>, Unreadable> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Cow::Borrowed(text)),
        Err(error) => {
            let good = bytes.get(..error.valid_up_to()).and_then(|good| std::str::from_utf8(good).ok());
            let good = good.unwrap_or_default();
            let mut position = Position { byte: mark_length + good.len(), ..Position::default() };
            position.line = good.matches('\n').count() + 1;
            position.column = good.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1;
            Err(Unreadable {
                code: code::NOT_UTF8,
                message: "the bytes are not valid UTF-8".into(),
                position,
            })
        }
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, Unreadable> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let text: Result<String, _> = char::decode_utf16(pairs.iter().map(|pair| unit(*pair))).collect();
    match text {
        Ok(text) if rest.is_empty() => Ok(text),
        _ => Err(Unreadable::whole(code::NOT_UTF8, "the bytes are not valid UTF-16")),
    }
}

/// windows-1252 where it differs from ISO-8859-1; its five unassigned bytes stay control characters.
fn windows_1252(byte: u8) -> char {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
        '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
    ];
    match byte {
        0x80..=0x9f => HIGH.get(usize::from(byte - 0x80)).copied().unwrap_or(char::REPLACEMENT_CHARACTER),
        _ => char::from(byte),
    }
}
