//! Syslog, read: bytes of a connection to frames, the bytes of a frame or datagram to a [`Message`].
//!
//! Words: a **frame** is one message on a connection, cut out by a [`Framer`]; a datagram needs none. The **header** is
//! what stands before the **body**; the body is the sender's own format, and reading it is not done here. A [`Problem`] is
//! something odd in a message that remains usable.
//!
//! Shapes: RFC 5424 (with the structured data of 6.3), RFC 3164 as devices really write it (Cisco's sequence numbers,
//! ISO 8601 times, a missing priority, time or host), and bare text. Connections: RFC 6587 octet counting, which is what
//! RFC 5425 uses over TLS, and lines, told apart frame by frame.
//!
//! Invariants: no I/O, no clock (a time without a year is placed by [`Arrival`]); never an error and never a panic: what
//! has no header is all body. A [`Message`] borrows every part from its input. Linear time; a [`Framer`] keeps at most
//! [`Framer::limit`] bytes.

mod framing;
mod message;
mod priority;
mod relay;
mod rfc3164;
mod rfc5424;
mod structured_data;
mod timestamp;

pub use framing::{Frame, Framer};
pub use message::{Arrival, Header, Message, Problem, Time, parse};
pub use priority::Priority;
pub use relay::undo_relay_escapes;
pub use structured_data::{Element, StructuredData};
pub use timestamp::read_time;
