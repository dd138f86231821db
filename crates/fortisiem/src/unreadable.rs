use std::fmt;

/// The stable codes of [`Unreadable`].
pub mod code {
    /// Nothing but white space and comments.
    pub const EMPTY: &str = "empty";
    /// The body has more bytes than allowed.
    pub const TOO_LARGE: &str = "too_large";
    /// Elements, objects or arrays nest deeper than allowed.
    pub const TOO_DEEP: &str = "too_deep";
    /// An XML element or an incident has more attributes than allowed.
    pub const TOO_MANY_ATTRIBUTES: &str = "too_many_attributes";
    /// An incident has more XML elements, JSON members or CEF fields than allowed.
    pub const TOO_MANY_MEMBERS: &str = "too_many_members";
    /// A list has more incidents than allowed.
    pub const TOO_MANY_ELEMENTS: &str = "too_many_elements";
    /// The bytes are no text in the encoding they claim (UTF-8 where they claim none).
    pub const NOT_UTF8: &str = "not_utf8";
    /// An encoding this reader does not know.
    pub const UNKNOWN_ENCODING: &str = "unknown_encoding";
    pub const XML_MALFORMED: &str = "xml_malformed";
    /// A document type: refused always, for what it can do.
    pub const XML_DOCTYPE: &str = "xml_doctype";
    /// An entity that XML does not define by itself.
    pub const XML_ENTITY: &str = "xml_entity";
    pub const JSON_MALFORMED: &str = "json_malformed";
    pub const CEF_MALFORMED: &str = "cef_malformed";
    /// FortiSIEM's shape, but neither a rule's id nor a rule's name: nothing to work on.
    pub const NOT_AN_INCIDENT: &str = "not_an_incident";
    /// The answer to an event query: log events, not incidents.
    pub const EVENT_QUERY: &str = "event_query";
    /// Nothing of FortiSIEM's. Well-formed JSON of another product gets this code and no other.
    pub const UNKNOWN_SHAPE: &str = "unknown_shape";
}

/// Where in a body, for people and programs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Position {
    /// Bytes from the start of the body as it came, at most its length.
    pub byte: usize,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// In the words of the format: `incident/incidentSource/entry`, `data[3]`, `line 2`. Empty at the top.
    pub path: String,
}

/// Why nothing usable could be read, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// One of [`code`]'s: stable, for programs.
    pub code: &'static str,
    /// What is wrong, for people. Never holds the body's text.
    pub message: String,
    pub position: Position,
}

impl Unreadable {
    pub(crate) fn whole(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            position: Position { byte: 0, line: 1, column: 1, path: String::new() },
        }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Position { line, column, path, .. } = &self.position;
        write!(f, "{} at line {line}, column {column}", self.message)?;
        if path.is_empty() { Ok(()) } else { write!(f, " ({path})") }
    }
}

impl std::error::Error for Unreadable {}
