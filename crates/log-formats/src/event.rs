use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;

use time::{OffsetDateTime, UtcOffset};

/// Fields beyond these are not read; [`Problem::TooManyFields`] says so. FortiGate's longest records have about 120.
pub const MOST_FIELDS: usize = 512;

/// What a source is known by beside its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Context {
    pub received_at: OffsetDateTime,
    /// The zone of times that name none. Without it such a time is [`Problem::NoZone`], and not read.
    pub zone: Option<UtcOffset>,
    /// What the source is said to send; otherwise the content tells.
    pub format: Option<Format>,
}

/// One log record in the normal form: flat columns, and beside them the sender's own fields.
#[derive(Debug, Clone, PartialEq)]
pub struct Event<'a> {
    pub format: Format,
    /// Why nothing was read, where that is so; the whole text is then the message.
    pub unparsed: Option<Unparsed>,
    pub received_at: OffsetDateTime,
    /// In UTC.
    pub time: Option<OffsetDateTime>,
    pub source_ip: Option<IpAddr>,
    pub source_port: Option<u16>,
    pub destination_ip: Option<IpAddr>,
    pub destination_port: Option<u16>,
    pub user: Option<Cow<'a, str>>,
    /// The machine the event is about.
    pub host: Option<Cow<'a, str>>,
    /// What was done or how it ended: `deny`, `login`, `failure`.
    pub action: Option<Cow<'a, str>>,
    pub severity: Severity,
    /// The signature, rule or kind of event, for a person to read.
    pub rule_name: Option<Cow<'a, str>>,
    /// The sender's own code of the kind of event: FortiGate's log id, Windows' event id.
    pub event_code: Option<Cow<'a, str>>,
    /// Who observed it: the firewall, the sensor, the computer that logs.
    pub device: Option<Cow<'a, str>>,
    pub product: Option<Cow<'a, str>>,
    pub vendor: Option<Cow<'a, str>>,
    pub message: Option<Cow<'a, str>>,
    /// The sender's fields in order, double ones too, under the names that detection rules know.
    pub fields: Vec<Field<'a>>,
    pub problems: Vec<Problem>,
    /// Which fields are flat columns.
    pub(crate) mapped: Marks,
}

/// One name and value. Values are text as written, without quotes and escapes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field<'a> {
    pub name: Cow<'a, str>,
    pub value: Cow<'a, str>,
}

/// How a message is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    FortigateKeyValue,
    FortigateCsv,
    FortigateCef,
    FortigateJson,
    Snare,
    NxlogJson,
    Winlogbeat,
    Wazuh,
    EventXml,
    /// Event XML as `evtx` tools write it in JSON.
    EventJson,
    Cef,
    Leef,
    KeyValue,
    Json,
    /// An incident of FortiSIEM, in XML or CEF: for the crate `fortisiem`.
    Fortisiem,
    /// A record of our own audit log; no text is read as one.
    CibercaseAudit,
    Unparsed,
}

/// Why a message could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unparsed {
    Empty,
    UnknownFormat,
    /// It begins as a format, or was said to be one, and is none.
    NotKeyValue,
    NotCef,
    NotLeef,
    NotSnare,
    NotJson,
    NotXml,
}

/// OCSF's `severity_id`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Unknown = 0,
    Informational = 1,
    Low = 2,
    Medium = 3,
    High = 4,
    Critical = 5,
    Fatal = 6,
}

/// Something odd in an event that remains usable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    TooManyFields,
    TooDeep,
    /// The text ends within a value, a quote or an element.
    Truncated,
    /// Text between fields that belongs to none.
    StrayText,
    /// A name that a flat column is read from stands twice with different values: the first was taken, or none where
    /// somebody may have put in the other.
    Repeated(Cow<'static, str>),
    /// A time without a zone, and no zone is known for the source.
    NoZone,
    /// A value that should be a time, address or port and is none.
    Unreadable(Cow<'static, str>),
}

impl Severity {
    pub const fn id(self) -> u8 {
        self as u8
    }
}

impl Format {
    /// Those that a source may send.
    pub const ALL: [Format; 16] = [
        Format::FortigateKeyValue,
        Format::FortigateCsv,
        Format::FortigateCef,
        Format::FortigateJson,
        Format::Snare,
        Format::NxlogJson,
        Format::Winlogbeat,
        Format::Wazuh,
        Format::EventXml,
        Format::EventJson,
        Format::Cef,
        Format::Leef,
        Format::KeyValue,
        Format::Json,
        Format::Fortisiem,
        Format::Unparsed,
    ];

    /// The one spelling in SQL, JSON and URLs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Format::FortigateKeyValue => "fortigate_key_value",
            Format::FortigateCsv => "fortigate_csv",
            Format::FortigateCef => "fortigate_cef",
            Format::FortigateJson => "fortigate_json",
            Format::Snare => "snare",
            Format::NxlogJson => "nxlog_json",
            Format::Winlogbeat => "winlogbeat",
            Format::Wazuh => "wazuh",
            Format::EventXml => "event_xml",
            Format::EventJson => "event_json",
            Format::Cef => "cef",
            Format::Leef => "leef",
            Format::KeyValue => "key_value",
            Format::Json => "json",
            Format::Fortisiem => "fortisiem",
            Format::CibercaseAudit => "cibercase_audit",
            Format::Unparsed => "unparsed",
        }
    }

    pub(crate) fn is_fortigate(self) -> bool {
        use Format::{FortigateCef, FortigateCsv, FortigateJson, FortigateKeyValue};
        matches!(self, FortigateKeyValue | FortigateCsv | FortigateCef | FortigateJson)
    }

    pub(crate) fn is_windows(self) -> bool {
        use Format::{EventJson, EventXml, NxlogJson, Snare, Wazuh, Winlogbeat};
        matches!(self, Snare | NxlogJson | Winlogbeat | Wazuh | EventXml | EventJson)
    }
}

impl Unparsed {
    /// Stable, for counting.
    pub const fn code(self) -> &'static str {
        match self {
            Unparsed::Empty => "empty",
            Unparsed::UnknownFormat => "unknown_format",
            Unparsed::NotKeyValue => "not_key_value",
            Unparsed::NotCef => "not_cef",
            Unparsed::NotLeef => "not_leef",
            Unparsed::NotSnare => "not_snare",
            Unparsed::NotJson => "not_json",
            Unparsed::NotXml => "not_xml",
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::TooManyFields => write!(f, "more than {MOST_FIELDS} fields: the rest was left out"),
            Problem::TooDeep => f.write_str("nested too deep: what is deeper was left out"),
            Problem::Truncated => f.write_str("the text ends within a value"),
            Problem::StrayText => f.write_str("text between fields belongs to none"),
            Problem::Repeated(name) => write!(f, "{name} stands twice with different values"),
            Problem::NoZone => f.write_str("the time names no zone, and none is known for the source"),
            Problem::Unreadable(name) => write!(f, "{name} cannot be read"),
        }
    }
}

impl<'a> Event<'a> {
    pub(crate) fn new(format: Format, received_at: OffsetDateTime) -> Self {
        Event {
            format,
            unparsed: None,
            received_at,
            time: None,
            source_ip: None,
            source_port: None,
            destination_ip: None,
            destination_port: None,
            user: None,
            host: None,
            action: None,
            severity: Severity::Unknown,
            rule_name: None,
            event_code: None,
            device: None,
            product: None,
            vendor: None,
            message: None,
            fields: Vec::new(),
            problems: Vec::new(),
            mapped: Marks::default(),
        }
    }

    /// The first value of that name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|field| field.name == name).map(|field| &*field.value)
    }

    pub(crate) fn push(&mut self, name: Cow<'a, str>, value: Cow<'a, str>) {
        if self.fields.len() < MOST_FIELDS {
            self.fields.push(Field { name, value });
        } else {
            self.problem(Problem::TooManyFields);
        }
    }

    /// Whether further fields would be left out.
    pub(crate) fn is_full(&self) -> bool {
        self.problems.contains(&Problem::TooManyFields)
    }

    pub(crate) fn problem(&mut self, problem: Problem) {
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }
}

/// A mark for each field.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Marks([u64; MOST_FIELDS / 64]);

impl Marks {
    pub fn set(&mut self, index: usize) {
        if let Some(word) = self.0.get_mut(index / 64) {
            *word |= 1 << (index % 64);
        }
    }

    pub fn clear(&mut self, index: usize) {
        if let Some(word) = self.0.get_mut(index / 64) {
            *word &= !(1 << (index % 64));
        }
    }

    pub fn has(&self, index: usize) -> bool {
        self.0.get(index / 64).is_some_and(|word| word & (1 << (index % 64)) != 0)
    }
}
