//! Log lines, read: the text of one message to an [`Event`], and an event to OCSF.
//!
//! Words: a **field** is a name and a value as the sender has them; a **flat column** is what every sender has under a name
//! of its own (source address, user, action ...); a [`Problem`] is something odd in an event that remains usable. What no
//! format fits is kept as [`Format::Unparsed`] with its reason.
//!
//! Formats: FortiGate's key=value, CSV, CEF and JSON; Windows through Snare, NXLog, Winlogbeat and Elastic Agent, Wazuh,
//! event XML and its JSON; CEF, LEEF 1 and 2, key=value and JSON of anybody. An incident of FortiSIEM is only recognised:
//! the crate `fortisiem` reads it. [docs/formats.md](../../../docs/formats.md) has the whole mapping.
//!
//! ```
//! use log_formats::{Context, Format, ocsf, read, text};
//! # use time::OffsetDateTime;
//! let context = Context { received_at: OffsetDateTime::UNIX_EPOCH, zone: None, format: None };
//! let text = text(b"devid=FGT1 type=traffic subtype=forward srcip=192.0.2.7 action=deny msg=\"srcip=10.6.6.6\"");
//! let event = read(&text, &context);
//! assert_eq!(event.format, Format::FortigateKeyValue);
//! assert_eq!(event.source_ip.map(|ip| ip.to_string()).as_deref(), Some("192.0.2.7"));
//! assert!(ocsf(&event).starts_with("{\"class_uid\":4001,"));
//! ```
//!
//! Invariants: no I/O, no clock; never an error and never a panic; text within a quoted value never becomes a field; linear
//! time, at most [`MOST_FIELDS`] fields and a bounded depth; values are text, so that no digit is lost. Sources: the
//! vendors' guides named in each module.

mod address;
mod audit;
pub mod cef;
mod cef_event;
mod columns;
mod detect;
mod event;
mod event_xml;
mod fortigate;
mod fortigate_ocsf;
mod json;
mod json_event;
mod key_value;
mod leef;
mod log_source;
mod message_labels;
mod names;
mod ocsf;
mod ocsf_writer;
mod snare;
mod text;
mod times;
mod windows;
mod windows_names;
mod windows_ocsf;

pub use audit::{AuditEvent, audit_event};
pub use event::{Context, Event, Field, Format, MOST_FIELDS, Problem, Severity, Unparsed};
pub use log_source::{LogSource, log_source};
pub use ocsf::ocsf;
pub use text::text;

use std::borrow::Cow;

use detect::Family;

/// Reads the text of one message: what [`text`] makes of a syslog message's body.
pub fn read<'a>(text: &'a str, context: &Context) -> Event<'a> {
    let (family, at) = match context.format.map(Family::from) {
        Some(family) => (family, detect::begin(text, family).unwrap_or_default()),
        None => detect::family(text),
    };
    let body = text.get(at..).unwrap_or_default().trim_end_matches(['\r', '\n', '\0']);
    let mut event = Event::new(Format::Unparsed, context.received_at);
    let outcome = match family {
        Family::Unknown => {
            Err(if body.trim().is_empty() { Unparsed::Empty } else { Unparsed::UnknownFormat })
        }
        Family::Fortisiem => {
            event.format = Format::Fortisiem;
            Ok(())
        }
        Family::KeyValue => key_value::read(&mut event, body, context),
        Family::Cef => cef_event::read(&mut event, body, context),
        Family::Leef => leef::read(&mut event, body, context),
        Family::Snare => snare::read(&mut event, body, context),
        Family::Xml => event_xml::read(&mut event, body, context),
        Family::Json => json_event::read(&mut event, body, context),
    };
    if let Err(reason) = outcome {
        event = Event::new(Format::Unparsed, context.received_at);
        event.unparsed = Some(reason);
        event.message = Some(Cow::Borrowed(text.trim())).filter(|_| reason != Unparsed::Empty);
    }
    event
}
