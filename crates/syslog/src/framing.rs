//! RFC 6587: messages on a stream. A frame begins with its length in octets and a space (3.4.1; RFC 5425 knows only
//! this), or it is a line (3.4.2). Senders mix the two on one connection, so each frame is looked at by itself.

/// A longer count is none: nobody means to send so much, and waiting for it would swallow the connection.
const LARGEST_COUNT: usize = 16 * 1024 * 1024;

/// More digits than [`LARGEST_COUNT`] has.
const COUNT_DIGITS: usize = 8;

/// Room that a connection keeps between two frames.
const USUAL: usize = 4 * 1024;

/// Cuts the bytes of one connection into frames.
///
/// Feed it every chunk as it arrives: [`next`](Framer::next) takes bytes from the front of the chunk and returns a frame as
/// soon as one is whole, `None` when the chunk is used up. How the bytes are cut into chunks changes nothing.
#[derive(Debug)]
pub struct Framer {
    limit: usize,
    /// The frame under way, or its first bytes while they do not yet tell what it is.
    buffer: Vec<u8>,
    state: State,
    is_cut: bool,
    /// The frame in the buffer was returned: the next call begins a new one.
    is_returned: bool,
    was_counted: bool,
    is_first: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    /// So many octets are still to come.
    Counted(usize),
    Line,
    /// Not syslog: nothing is read any more.
    Tls,
}

/// One message as it was framed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame<'f> {
    /// Without count, line end and NUL. Never empty.
    pub bytes: &'f [u8],
    /// Whether the frame was longer than the limit, or the connection ended within it.
    pub is_cut: bool,
}

/// What the first bytes of a frame say.
enum Head {
    Undecided,
    Line,
    /// A count: how long its digits and space are, and its value.
    Count(usize, usize),
    /// A count of zero, so long with its space.
    Nothing(usize),
    Tls,
}

impl Framer {
    /// A framer for a new connection, of frames up to `limit` bytes: what is longer is cut there.
    pub fn new(limit: usize) -> Self {
        Framer {
            limit: limit.max(COUNT_DIGITS + 4),
            buffer: Vec::new(),
            state: State::Start,
            is_cut: false,
            is_returned: false,
            was_counted: false,
            is_first: true,
        }
    }

    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Whether the sender speaks TLS to a port that does not. The connection had better be closed: no frame will come.
    pub fn is_tls(&self) -> bool {
        self.state == State::Tls
    }

    /// Takes bytes from the front of `input` up to the end of a frame, or all of them.
    pub fn next<'f>(&'f mut self, input: &mut &[u8]) -> Option<Frame<'f>> {
        self.begin();
        while !input.is_empty() {
            let is_whole = match self.state {
                State::Start => self.start(input),
                State::Counted(left) => self.counted(input, left),
                State::Line => self.line(input),
                State::Tls => {
                    *input = &[];
                    false
                }
            };
            if is_whole && let Some(length) = self.end() {
                return Some(Frame { bytes: self.buffer.get(..length)?, is_cut: self.is_cut });
            }
        }
        None
    }

    /// The frame that the end of the connection leaves unfinished.
    pub fn finish<'f>(&'f mut self) -> Option<Frame<'f>> {
        self.begin();
        if self.state == State::Tls {
            return None;
        }
        self.is_cut |= matches!(self.state, State::Counted(_));
        let length = self.end()?;
        Some(Frame { bytes: self.buffer.get(..length)?, is_cut: self.is_cut })
    }

    fn begin(&mut self) {
        if self.is_returned {
            self.buffer.clear();
            // A long one is rare: its room is not held until the next.
            self.buffer.shrink_to(USUAL);
            self.is_returned = false;
            self.is_cut = false;
        }
    }

    /// Ends the frame in the buffer: its length without line end, `None` if nothing is left of it.
    fn end(&mut self) -> Option<usize> {
        self.was_counted = matches!(self.state, State::Counted(_));
        self.state = State::Start;
        self.is_returned = true;
        self.is_first = false;
        let is_content = |byte: &u8| !matches!(byte, b'\n' | b'\r' | 0);
        let length = self.buffer.iter().rposition(is_content).map(|last| last + 1);
        if length.is_none() {
            self.begin();
        }
        length
    }

    /// Looks at the first bytes until they tell what kind of frame begins.
    fn start(&mut self, input: &mut &[u8]) -> bool {
        let Some((byte, rest)) = input.split_first() else { return false };
        *input = rest;
        if self.buffer.is_empty() && matches!(byte, b'\n' | b'\r' | b' ' | b'\t' | 0) {
            return false;
        }
        if matches!(byte, b'\n' | 0) {
            return true;
        }
        self.buffer.push(*byte);
        match self.head() {
            Head::Undecided => {}
            Head::Line => self.state = State::Line,
            Head::Tls => self.state = State::Tls,
            Head::Nothing(length) => drop(self.buffer.drain(..length)),
            Head::Count(length, count) => {
                self.buffer.drain(..length);
                let left = count - self.buffer.len();
                self.state = State::Counted(left);
                return left == 0;
            }
        }
        false
    }

    /// A count is believed if a message follows it (`<`, perhaps after a space), or if the frame before had one: a line
    /// may begin with a number too.
    fn head(&self) -> Head {
        let head = self.buffer.as_slice();
        match head {
            [0x16] if self.is_first => return Head::Undecided,
            [0x16, 0x03, ..] if self.is_first => return Head::Tls,
            _ => {}
        }
        let digits = head.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let count = head.iter().take(digits).fold(0_usize, |n, digit| n * 10 + usize::from(digit - b'0'));
        let behind = head.get(digits..).unwrap_or_default();
        if digits == 0 || digits > COUNT_DIGITS || count > LARGEST_COUNT {
            return Head::Line;
        }
        match behind {
            [] => Head::Undecided,
            [b' '] if self.was_counted && count > 0 => Head::Count(digits + 1, count),
            [b' '] | [b' ', b' '] => Head::Undecided,
            [b' ', b'<' | b'0'..=b'9'] if count == 0 => Head::Nothing(digits + 1),
            [b' ', b'<'] if count >= 1 => Head::Count(digits + 1, count),
            [b' ', b' ', b'<'] if count >= 2 => Head::Count(digits + 1, count),
            _ => Head::Line,
        }
    }

    fn counted(&mut self, input: &mut &[u8], left: usize) -> bool {
        let (taken, rest) = input.split_at(left.min(input.len()));
        *input = rest;
        self.keep(taken);
        self.state = State::Counted(left - taken.len());
        left == taken.len()
    }

    fn line(&mut self, input: &mut &[u8]) -> bool {
        let end = memchr::memchr2(b'\n', 0, input);
        let (taken, rest) = input.split_at(end.unwrap_or(input.len()));
        // The line end itself is not kept.
        *input = rest.get(1..).unwrap_or_default();
        self.keep(taken);
        end.is_some()
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = self.limit.saturating_sub(self.buffer.len());
        self.buffer.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
        self.is_cut |= bytes.len() > room;
    }
}
