/// How much of a body is read before it is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the whole body.
    pub bytes: usize,
    /// Nested elements (XML), objects and arrays (JSON).
    pub depth: usize,
    /// Attributes of one XML element.
    pub attributes_per_element: usize,
    /// Attributes of one incident.
    pub attributes: usize,
    /// XML elements, JSON members or CEF fields of one incident.
    pub members: usize,
    /// Bytes of one text. A longer text is cut and the cut is a problem; the incident is not lost for it.
    pub text_bytes: usize,
    /// Incidents of one list.
    pub elements: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 1024 * 1024,
            depth: 32,
            attributes_per_element: 64,
            attributes: 10_000,
            members: 2_000,
            text_bytes: 256 * 1024,
            elements: 10_000,
        }
    }
}
