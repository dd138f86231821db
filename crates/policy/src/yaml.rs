//! The YAML that a policy file may use: mappings, lists and scalars, each with its place in the file.
//!
//! Anchors, aliases and tags are refused: they let one line change another that a reviewer does not look at.
//! Reading goes on after such a mistake, and stops only where the text is no longer YAML.

use std::collections::HashMap;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, StrInput};

use crate::mistakes::{Findings, Position, list, quoted, suggest};

/// A policy file is written by hand; beyond this it is something else, and the reader's memory is bounded.
const LONGEST_BYTES: usize = 1 << 20;

/// The deepest place that means anything (roles, role, restrictions, networks, address) is 5.
const DEEPEST: usize = 16;

#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) at: Position,
    pub(crate) value: Value,
}

#[derive(Debug)]
pub(crate) enum Value {
    Scalar(Scalar),
    List(Vec<Node>),
    Mapping(Vec<Entry>),
    /// Already reported; whoever reads it stays silent.
    Refused,
}

#[derive(Debug)]
pub(crate) struct Scalar {
    pub(crate) text: String,
    pub(crate) is_quoted: bool,
}

#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_at: Position,
    pub(crate) value: Node,
}

/// The file's one document, or nothing when the text is not YAML to its end (which is then a finding).
pub(crate) fn read(text: &str, findings: &mut Findings) -> Option<Node> {
    if text.len() > LONGEST_BYTES {
        let problem = format!("the file has {} bytes", text.len());
        findings.add(Position::START, problem, format!("at most {LONGEST_BYTES} are read"));
        return None;
    }
    let mut reader = Reader { parser: Parser::new_from_str(text), findings };
    reader.document().ok()
}

impl Node {
    /// The entries of a mapping whose keys are all among `known`; other keys are reported and left out.
    pub(crate) fn into_fields(self, what: &str, known: &[&str], findings: &mut Findings) -> Vec<Entry> {
        let mut entries = self.into_entries(what, findings);
        entries.retain(|entry| {
            let is_known = known.contains(&entry.key.as_str());
            if !is_known {
                let problem = format!("unknown key {} in {what}", quoted(&entry.key));
                findings.add(entry.key_at, problem, suggest(&entry.key, known));
            }
            is_known
        });
        entries
    }

    /// The entries of a mapping with keys of the author's choice.
    pub(crate) fn into_entries(self, what: &str, findings: &mut Findings) -> Vec<Entry> {
        match self.value {
            Value::Mapping(entries) => entries,
            other => {
                report_type(self.at, &other, what, "a mapping (`key: value` lines)", findings);
                Vec::new()
            }
        }
    }

    /// The items of a list, which must have some. `None`: reported.
    pub(crate) fn into_items(self, what: &str, findings: &mut Findings) -> Option<Vec<Node>> {
        match self.value {
            Value::List(items) if items.is_empty() => {
                findings.add(self.at, format!("{what} is an empty list"), "fill it or leave the key out");
                None
            }
            Value::List(items) => Some(items),
            other => {
                report_type(self.at, &other, what, "a list (`[one, two]` or `- one` lines)", findings);
                None
            }
        }
    }

    /// Text, which a bare number, boolean or null is not. `None`: reported.
    pub(crate) fn into_text(self, what: &str, findings: &mut Findings) -> Option<String> {
        match self.value {
            Value::Scalar(scalar) if scalar.kind() == "text" => Some(scalar.text),
            other => {
                report_type(self.at, &other, what, "text", findings);
                None
            }
        }
    }

    /// `true` or `false`, unquoted. `None`: reported.
    pub(crate) fn into_boolean(self, what: &str, findings: &mut Findings) -> Option<bool> {
        match &self.value {
            Value::Scalar(scalar) if scalar.kind() == "a boolean" => {
                Some(scalar.text.starts_with(['t', 'T']))
            }
            other => {
                report_type(self.at, other, what, "`true` or `false`", findings);
                None
            }
        }
    }
}

impl Scalar {
    /// What the YAML 1.2 core schema (section 10.3.2) makes of a scalar without a tag.
    fn kind(&self) -> &'static str {
        if self.is_quoted {
            return "text";
        }
        match self.text.as_str() {
            "" | "~" | "null" | "Null" | "NULL" => "nothing",
            "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => "a boolean",
            text if text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c))
                && is_number(text) =>
            {
                "a number"
            }
            _ => "text",
        }
    }
}

fn is_number(text: &str) -> bool {
    let is_based = |prefix, radix| {
        text.strip_prefix(prefix).is_some_and(|digits| u64::from_str_radix(digits, radix).is_ok())
    };
    let special = text.trim_start_matches(['+', '-']);
    text.parse::<f64>().is_ok()
        || is_based("0x", 16)
        || is_based("0o", 8)
        || [".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN"].contains(&special)
}

fn report_type(at: Position, found: &Value, what: &str, expected: &str, findings: &mut Findings) {
    let found = match found {
        Value::Refused => return,
        Value::Scalar(scalar) => scalar.kind(),
        Value::List(_) => "a list",
        Value::Mapping(_) => "a mapping",
    };
    findings.add(at, format!("{what} is {found}"), format!("write {expected}"));
}

/// The text is not YAML from here on; the finding is made.
struct Unreadable;

struct Reader<'t, 'f> {
    parser: Parser<'t, StrInput<'t>>,
    findings: &'f mut Findings,
}

impl<'t> Reader<'t, '_> {
    fn document(&mut self) -> Result<Node, Unreadable> {
        let mut document = None;
        loop {
            let (event, at) = self.next()?;
            match event {
                Event::StreamEnd => break,
                Event::StreamStart | Event::DocumentEnd | Event::Nothing => {}
                Event::DocumentStart(_) if document.is_none() => {}
                Event::DocumentStart(_) => {
                    self.findings.add(at, "a second document", "keep one document in the file");
                    return Err(Unreadable);
                }
                first => document = Some(self.node(first, at, 0)?),
            }
        }
        document.ok_or_else(|| {
            self.findings.add(Position::START, "the file is empty", "start with `version: 1` and `roles:`");
            Unreadable
        })
    }

    fn node(&mut self, event: Event<'t>, at: Position, depth: usize) -> Result<Node, Unreadable> {
        if depth > DEEPEST {
            self.findings.add(
                at,
                format!("nested deeper than {DEEPEST} levels"),
                "nothing here is that deep",
            );
            return Err(Unreadable);
        }
        let value = match event {
            Event::Scalar(text, style, anchor_id, tag) => {
                let scalar = Scalar { text: text.into_owned(), is_quoted: style != ScalarStyle::Plain };
                let is_refused = self.refuse_decoration(at, anchor_id, tag.is_some());
                if is_refused { Value::Refused } else { Value::Scalar(scalar) }
            }
            Event::SequenceStart(anchor_id, tag) => {
                self.refuse_decoration(at, anchor_id, tag.is_some());
                Value::List(self.items(depth)?)
            }
            Event::MappingStart(anchor_id, tag) => {
                self.refuse_decoration(at, anchor_id, tag.is_some());
                Value::Mapping(self.entries(depth)?)
            }
            Event::Alias(_) => {
                self.findings.add(at, "an alias (`*name`)", "repeat the text that it stands for");
                Value::Refused
            }
            _ => {
                self.findings.add(at, "the document breaks off", "complete it");
                return Err(Unreadable);
            }
        };
        Ok(Node { at, value })
    }

    fn items(&mut self, depth: usize) -> Result<Vec<Node>, Unreadable> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(items),
                (event, at) => items.push(self.node(event, at, depth + 1)?),
            }
        }
    }

    fn entries(&mut self, depth: usize) -> Result<Vec<Entry>, Unreadable> {
        let mut entries = Vec::new();
        let mut first_lines: HashMap<String, usize> = HashMap::new();
        loop {
            let (event, at) = self.next()?;
            if event == Event::MappingEnd {
                return Ok(entries);
            }
            let key = self.node(event, at, depth + 1)?;
            let (event, value_at) = self.next()?;
            let value = self.node(event, value_at, depth + 1)?;
            let Some(key) = key.into_text("the key", self.findings) else { continue };
            if let Some(line) = first_lines.get(&key) {
                let problem = format!("duplicate key {}", quoted(&key));
                self.findings.add(at, problem, format!("the first is on line {line}: keep one"));
                continue;
            }
            first_lines.insert(key.clone(), at.line);
            entries.push(Entry { key, key_at: at, value });
        }
    }

    fn refuse_decoration(&mut self, at: Position, anchor_id: usize, is_tagged: bool) -> bool {
        if anchor_id != 0 {
            self.findings.add(at, "an anchor (`&name`)", "write the value where it is used");
        }
        if is_tagged {
            self.findings.add(at, "a tag (`!name`)", "leave it out: every key has one type");
        }
        is_tagged
    }

    fn next(&mut self) -> Result<(Event<'t>, Position), Unreadable> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => Ok((event, position(&span.start))),
            Some(Err(error)) => {
                self.report(&error);
                Err(Unreadable)
            }
            None => Ok((Event::StreamEnd, Position::START)),
        }
    }

    fn report(&mut self, error: &ScanError) {
        let is_about_names = error.info().contains("alias") || error.info().contains("anchor");
        let suggestion = if is_about_names {
            "anchors and aliases are refused, and the wildcard is written in quotes: \"*\"".to_owned()
        } else {
            format!("check indentation, colons and quotes; {} are read", list(&["key: value", "- item"]))
        };
        self.findings.add(position(error.marker()), format!("not YAML: {}", error.info()), suggestion);
    }
}

/// The parser counts lines from 1 and columns from 0.
fn position(marker: &Marker) -> Position {
    Position { line: marker.line().max(1), column: marker.col() + 1 }
}
