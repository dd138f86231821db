//! Events as OCSF 1.8 (schema.ocsf.io/1.8.0). A class is chosen for what FortiGate and Windows tell; anything else is a base
//! event. What no attribute takes is `unmapped`, under its native name.

use crate::event::{Event, Field, MOST_FIELDS, Marks};
use crate::ocsf_writer::Writer;
use crate::{fortigate_ocsf, windows_ocsf};

/// A class, and what was done in its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Class {
    pub uid: u32,
    pub activity: u32,
}

impl Class {
    pub const BASE: Class = Class { uid: 0, activity: 0 };
    pub const FINDING: u32 = 2004;

    /// Classes of extensions have their number before the category: 201001 is of category 1.
    fn category(self) -> u32 {
        if self.uid >= 100_000 { (self.uid % 100_000) / 1000 } else { self.uid / 1000 }
    }
}

/// `activity_id` of what has no number.
const OTHER: u32 = 99;

/// The event as the text of one OCSF object. `time` and `logged_time` are milliseconds since 1970; an event without a time
/// has that of its arrival. Only `raw_data` is left to whoever keeps the raw bytes.
pub fn ocsf(event: &Event<'_>) -> String {
    let mut writer = Writer::new();
    let marks = if event.format.is_fortigate() {
        fortigate_ocsf::write(event, &mut writer)
    } else if event.format.is_windows() {
        windows_ocsf::write(event, &mut writer)
    } else {
        common(event, Class::BASE, &mut writer);
        endpoints(event, None, None, &mut writer);
        writer.object("actor", |actor| {
            actor.object("user", |user| user.text("name", event.user.as_deref()));
        });
        // A base event has no place for some of the flat columns: every field stays.
        Marks::default()
    };
    unmapped(event, &marks, &mut writer);
    writer.finish()
}

/// What every class has. An activity that OCSF has no number for is `99` and goes by its own name.
pub(crate) fn common(event: &Event<'_>, class: Class, writer: &mut Writer) {
    let name = event.rule_name.as_deref().filter(|_| class == Class::BASE || class.activity == OTHER);
    let activity = if name.is_some() { OTHER } else { class.activity };
    let class = Class { activity, ..class };
    writer.number("class_uid", i128::from(class.uid));
    writer.number("category_uid", i128::from(class.category()));
    writer.number("activity_id", i128::from(class.activity));
    writer.text("activity_name", name);
    writer.number("type_uid", i128::from(class.uid) * 100 + i128::from(class.activity));
    writer.number("severity_id", i128::from(event.severity.id()));
    writer.number("time", milliseconds(event.time.unwrap_or(event.received_at)));
    writer.text("message", event.message.as_deref());
    writer.object("metadata", |metadata| {
        metadata.text("version", Some("1.8.0"));
        metadata.object("product", |product| {
            product.text("name", event.product.as_deref());
            product.text("vendor_name", event.vendor.as_deref());
        });
        metadata.text("event_code", event.event_code.as_deref());
        metadata.text("log_format", Some(event.format.as_str()));
        metadata.number("logged_time", milliseconds(event.received_at));
    });
    let device = event.device.as_deref().or(event.host.as_deref());
    writer.object("device", |object| object.text("hostname", device));
}

fn milliseconds(at: time::OffsetDateTime) -> i128 {
    at.unix_timestamp_nanos().div_euclid(1_000_000)
}

/// `src_endpoint` and `dst_endpoint`; a name of the far end where the sender tells one.
pub(crate) fn endpoints(
    event: &Event<'_>,
    source_name: Option<&str>,
    destination_name: Option<&str>,
    writer: &mut Writer,
) {
    writer.object("src_endpoint", |endpoint| {
        endpoint.plain("ip", event.source_ip);
        if let Some(port) = event.source_port {
            endpoint.number("port", i128::from(port));
        }
        endpoint.text("hostname", source_name);
    });
    writer.object("dst_endpoint", |endpoint| {
        endpoint.plain("ip", event.destination_ip);
        if let Some(port) = event.destination_port {
            endpoint.number("port", i128::from(port));
        }
        endpoint.text("hostname", destination_name);
    });
}

/// Every field that became no attribute; one that stands several times is a list.
fn unmapped(event: &Event<'_>, marks: &Marks, writer: &mut Writer) {
    let (mut once, mut twice) = ([0_u64; 4], [0_u64; 4]);
    let places: Vec<(usize, u64)> = event.fields.iter().map(|field| place(&field.name)).collect();
    for (word, bit) in &places {
        if let (Some(once), Some(twice)) = (once.get_mut(*word), twice.get_mut(*word)) {
            *twice |= *once & bit;
            *once |= bit;
        }
    }
    writer.object("unmapped", |object| {
        for (index, (field, (word, bit))) in event.fields.iter().zip(&places).enumerate().take(MOST_FIELDS) {
            if marks.has(index) {
                continue;
            }
            let may_repeat = twice.get(*word).is_some_and(|word| word & bit != 0);
            if !may_repeat {
                object.field(&field.name, &[&field.value]);
                continue;
            }
            let same = |(at, other): &(usize, &Field<'_>)| !marks.has(*at) && other.name == field.name;
            let mut alike = event.fields.iter().enumerate().filter(same).peekable();
            if alike.peek().is_some_and(|(first, _)| *first == index) {
                let values: Vec<&str> = alike.map(|(_, field)| &*field.value).collect();
                object.field(&field.name, &values);
            }
        }
    });
}

/// A bit for each name: names that share none are different.
fn place(name: &str) -> (usize, u64) {
    let hash = name.bytes().fold(5381_u32, |hash, byte| hash.wrapping_mul(33) ^ u32::from(byte));
    ((hash >> 6) as usize % 4, 1 << (hash % 64))
}
