//! Windows events in XML, as Windows renders and forwards them (Microsoft, "Event Schema").
//!
//! `System` is `EventID`, `Channel`, `Provider_Name` ...; `EventData` is its data under their own names, those without one
//! are several `Data`; of `UserData` every element with a text is a field.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event as Xml};

use crate::event::{Context, Event, Format, Problem, Unparsed};
use crate::text::without_nul;
use crate::windows;

const DEPTH: usize = 16;
const MOST_ATTRIBUTES: usize = 32;

#[derive(Default)]
struct Walk {
    /// The names of the open elements, without prefix.
    open: Vec<String>,
    /// The `Name` of the `Data` that is open.
    data_name: Option<String>,
    text: String,
    /// Whether an element was closed since the last one was opened: then the text is none of its own.
    has_children: bool,
    too_deep: usize,
}

pub(crate) fn read<'a>(event: &mut Event<'a>, text: &'a str, context: &Context) -> Result<(), Unparsed> {
    event.format = Format::EventXml;
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = false;
    let mut walk = Walk::default();
    loop {
        match reader.read_event() {
            Ok(Xml::Start(tag)) => walk.open(event, &tag),
            Ok(Xml::Empty(tag)) => {
                walk.open(event, &tag);
                walk.close(event);
            }
            Ok(Xml::End(_)) => {
                walk.close(event);
                if walk.open.is_empty() {
                    break;
                }
            }
            Ok(Xml::Text(text)) => walk.text.push_str(&text),
            Ok(Xml::CData(text)) => walk.text.push_str(&text),
            Ok(Xml::GeneralRef(name)) => walk.text.push_str(&entity(&name)),
            Ok(Xml::DocType(_)) => return Err(Unparsed::NotXml),
            Ok(Xml::Comment(_) | Xml::Decl(_) | Xml::PI(_)) => {}
            Ok(Xml::Eof) | Err(_) => {
                event.problem(Problem::Truncated);
                break;
            }
        }
        if event.is_full() {
            break;
        }
    }
    if !event.fields.iter().any(|field| field.name == "EventID") {
        return Err(Unparsed::NotXml);
    }
    windows::map(event, context);
    Ok(())
}

impl Walk {
    fn open(&mut self, event: &mut Event<'_>, tag: &BytesStart<'_>) {
        self.text.clear();
        self.has_children = false;
        if self.open.len() >= DEPTH {
            self.too_deep += 1;
            event.problem(Problem::TooDeep);
            return;
        }
        let name = tag.local_name().into_inner().to_owned();
        let is_system = self.open.last().is_some_and(|parent| parent == "System");
        let is_data = name == "Data";
        for attribute in tag.attributes().with_checks(false).flatten().take(MOST_ATTRIBUTES) {
            let key = attribute.key.local_name().into_inner();
            let value = unescape(&attribute.value);
            if is_data && key == "Name" {
                self.data_name = Some(value);
            } else if is_system {
                push(event, format!("{name}_{key}"), value);
            }
        }
        self.open.push(name);
    }

    fn close(&mut self, event: &mut Event<'_>) {
        if self.too_deep > 0 {
            self.too_deep -= 1;
            return;
        }
        let Some(name) = self.open.pop() else { return };
        let text = std::mem::take(&mut self.text);
        let data_name = self.data_name.take();
        if self.has_children {
            return;
        }
        self.has_children = true;
        let value = text.trim();
        let section = self.open.get(1).map(String::as_str);
        let field = match section {
            Some("System" | "UserData") if !value.is_empty() => name,
            Some("EventData") if !value.is_empty() || data_name.is_some() => data_name.unwrap_or(name),
            Some("RenderingInfo") if name == "Message" => name,
            Some("RenderingInfo") if !value.is_empty() => format!("RenderingInfo_{name}"),
            _ => return,
        };
        push(event, field, value.to_owned());
    }
}

fn push(event: &mut Event<'_>, name: String, value: String) {
    event.push(without_nul(Cow::Owned(name)), without_nul(Cow::Owned(value)));
}

/// The five entities of XML and characters by number; any other stays as written.
fn entity(name: &str) -> String {
    let number = name.strip_prefix('#').and_then(|number| match number.strip_prefix('x') {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => number.parse().ok(),
    });
    let character = match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => number.and_then(char::from_u32),
    };
    character.map_or_else(|| format!("&{name};"), String::from)
}

fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut parts = text.split('&');
    plain.push_str(parts.next().unwrap_or_default());
    for part in parts {
        match part.split_once(';').filter(|(name, _)| name.len() < 10) {
            Some((name, rest)) => {
                plain.push_str(&entity(name));
                plain.push_str(rest);
            }
            None => {
                plain.push('&');
                plain.push_str(part);
            }
        }
    }
    plain
}
