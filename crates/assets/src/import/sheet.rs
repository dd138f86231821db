//! Bytes to rows and columns: encoding and separator are found out, not asked for.

use std::borrow::Cow;

use csv::{ReaderBuilder, StringRecord};
use encoding_rs::{Encoding, WINDOWS_1252};

use super::MAX_ROWS;
use super::columns::Column;

const MAX_COLUMNS: usize = 200;

/// A table as it was sent.
#[derive(Debug)]
pub struct Sheet {
    pub headers: Vec<Header>,
    pub rows: Vec<Row>,
}

#[derive(Debug)]
pub struct Header {
    /// As the file writes it.
    pub text: String,
    /// None: not one of ours, and left alone.
    pub column: Option<Column>,
}

#[derive(Debug)]
pub struct Row {
    /// As a spreadsheet numbers it.
    pub number: u32,
    pub cells: StringRecord,
}

/// Why a whole file cannot be read, for the person who sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreadable {
    TooManyRows,
    Otherwise(String),
}

impl Sheet {
    /// Reads a table with a header row; rows without any content are skipped.
    pub fn read(bytes: &[u8]) -> Result<Self, Unreadable> {
        let text = decoded(bytes);
        let (separator, body) = separated(&text);
        let separator = separator.unwrap_or_else(|| likeliest_separator(body));
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(separator)
            .from_reader(body.as_bytes());
        let mut records = reader.records();
        let mut numbers =
            Numbers { body, number: 1 + u32::from(body.len() != text.len()), start: 0, inside: 0 };
        let Some(first) = records.next() else { return Err(otherwise("the file is empty")) };
        let first = first.map_err(|error| otherwise(&error.to_string()))?;
        numbers.next(&first);
        let headers = headers(&first)?;
        let mut rows = Vec::new();
        for record in records {
            let cells = record.map_err(|error| otherwise(&error.to_string()))?;
            let number = numbers.next(&cells);
            if cells.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            if rows.len() == MAX_ROWS {
                return Err(Unreadable::TooManyRows);
            }
            rows.push(Row { number, cells });
        }
        Ok(Self { headers, rows })
    }

    /// Columns that are not ours.
    pub fn ignored_columns(&self) -> Vec<String> {
        let ignored = self.headers.iter().filter(|header| header.column.is_none());
        ignored.map(|header| header.text.clone()).filter(|text| !text.is_empty()).collect()
    }
}

/// Counts rows as a spreadsheet does: an empty line is a row, a line break inside a cell is none.
struct Numbers<'a> {
    body: &'a str,
    number: u32,
    /// Where the row of `number` starts.
    start: usize,
    /// Line breaks inside its cells.
    inside: u32,
}

impl Numbers<'_> {
    fn next(&mut self, cells: &StringRecord) -> u32 {
        let position = cells.position().map_or(0, |position| usize::try_from(position.byte()).unwrap_or(0));
        // The reader's position is before the line breaks it skips.
        let rest = self.body.get(position..).unwrap_or_default();
        let start = position + rest.len() - rest.trim_start_matches(['\r', '\n']).len();
        let passed = line_breaks(self.body.get(self.start..start).unwrap_or_default());
        self.number += passed.saturating_sub(self.inside);
        self.start = start;
        self.inside = cells.iter().map(line_breaks).sum();
        self.number
    }
}

fn line_breaks(text: &str) -> u32 {
    let breaks = text.matches('\n').count() + text.matches('\r').count() - text.matches("\r\n").count();
    u32::try_from(breaks).unwrap_or(u32::MAX)
}

/// UTF-8 or UTF-16 by the mark at the start, else UTF-8, else what a Western Windows writes.
fn decoded(bytes: &[u8]) -> Cow<'_, str> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(bytes.get(mark..).unwrap_or_default()).0;
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => WINDOWS_1252.decode_without_bom_handling(bytes).0,
    }
}

/// Takes Excel's own first line `sep=;` off.
fn separated(text: &str) -> (Option<u8>, &str) {
    let Some((line, rest)) = text.split_once('\n') else { return (None, text) };
    let line = line.strip_suffix('\r').unwrap_or(line).trim_matches('"');
    match line.strip_prefix("sep=").map(str::as_bytes) {
        Some([separator @ (b',' | b';' | b'\t')]) => (Some(*separator), rest),
        _ => (None, text),
    }
}

/// The separator under which the first row holds the most headers that we know.
fn likeliest_separator(text: &str) -> u8 {
    let known = |separator: u8| {
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(separator)
            .from_reader(text.as_bytes());
        let first = reader.records().next().and_then(Result::ok).unwrap_or_default();
        first.iter().take(MAX_COLUMNS).filter(|cell| Column::of_header(cell).is_some()).count()
    };
    // The last of equals would win; a comma is what the name CSV promises.
    [b'\t', b';', b','].into_iter().max_by_key(|separator| known(*separator)).unwrap_or(b',')
}

fn headers(first: &StringRecord) -> Result<Vec<Header>, Unreadable> {
    if first.len() > MAX_COLUMNS {
        return Err(otherwise(&format!(
            "the first row has {} columns; at most {MAX_COLUMNS} are read",
            first.len()
        )));
    }
    let mut headers: Vec<Header> = Vec::with_capacity(first.len());
    for cell in first {
        let text =
            cell.trim().chars().filter(|character| !character.is_control()).take(100).collect::<String>();
        let column = Column::of_header(&text);
        let twin = headers.iter().find(|header| column.is_some() && header.column == column);
        if let Some(twin) = twin {
            return Err(otherwise(&format!("the columns \"{}\" and \"{text}\" mean the same", twin.text)));
        }
        headers.push(Header { text, column });
    }
    if !headers.iter().any(|header| header.column == Some(Column::Name)) {
        return Err(otherwise("the first row names no column \"name\" (or \"nombre\")"));
    }
    Ok(headers)
}

fn otherwise(message: &str) -> Unreadable {
    Unreadable::Otherwise(message.to_owned())
}
