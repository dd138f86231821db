//! A record as a frame of syslog: RFC 5424 in the octet counting of RFC 5425.

use platform::config::SiemFormat;
use platform::ids::occurred_at;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{cef, ocsf};
use crate::record::Record;

/// What every receiver should take (RFC 5425, 4.3.1). A record beyond it is sent without its detail, and says so.
const MESSAGE_BYTES: usize = 8192;
/// Facility 13, log audit; severity 6, informational.
const PRIORITY: u8 = 13 * 8 + 6;

pub struct Writer {
    format: SiemFormat,
    host: String,
}

impl Writer {
    pub fn new(format: SiemFormat) -> Self {
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let host = host.trim().chars().filter(char::is_ascii_graphic).collect::<String>();
        Self { format, host: if host.is_empty() { "-".to_owned() } else { host } }
    }

    /// Appends the record's frame.
    pub fn write(&self, record: &Record, index: u64, into: &mut Vec<u8>) {
        let mut message = self.message(record, index);
        if message.len() > MESSAGE_BYTES && record.detail.is_some() {
            let detail = serde_json::value::RawValue::from_string(r#"{"is_omitted":true}"#.to_owned()).ok();
            message = self.message(&Record { detail, ..record.clone() }, index);
        }
        into.extend(message.len().to_string().into_bytes());
        into.push(b' ');
        into.extend(message.into_bytes());
    }

    fn message(&self, record: &Record, index: u64) -> String {
        let at = occurred_at(record.id);
        let text = match self.format {
            SiemFormat::Ocsf => ocsf::event(record, index, at).to_string(),
            SiemFormat::Cef => cef::event(record, index, at),
        };
        format!("<{PRIORITY}>1 {} {} cibercase - audit - {text}", timestamp(at), self.host)
    }
}

fn timestamp(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).unwrap_or_else(|_| "-".to_owned())
}

pub fn millis(at: OffsetDateTime) -> i128 {
    at.unix_timestamp_nanos() / 1_000_000
}
