//! Snare's tab separated Windows events (Snare Enterprise Agent for Windows, "Appendix A, Event output format").

use std::borrow::Cow;

use crate::event::{Context, Event, Format, Problem, Unparsed};
use crate::text::is_present;
use crate::windows;

/// The names of the columns behind `MSWinEventLog`.
const COLUMNS: [&str; 14] = [
    "Criticality",
    "Channel",
    "SnareCounter",
    "SnareTime",
    "EventID",
    "Provider_Name",
    "AccountName",
    "SidType",
    "EventType",
    "Computer",
    "Category",
    "Data",
    "Message",
    "EventRecordID",
];

/// Where the message is: it may hold tabs, so what stands behind it is counted from the end.
const MESSAGE: usize = 12;

pub(crate) fn read<'a>(event: &mut Event<'a>, text: &'a str, context: &Context) -> Result<(), Unparsed> {
    event.format = Format::Snare;
    let columns = text.strip_prefix("MSWinEventLog\t").ok_or(Unparsed::NotSnare)?;
    let mut columns = columns.splitn(MESSAGE + 1, '\t');
    let names = COLUMNS.iter().take(MESSAGE);
    let mut count = 0;
    for (name, value) in names.zip(columns.by_ref()) {
        count += 1;
        push(event, name, value);
    }
    if count < 5 {
        return Err(Unparsed::NotSnare);
    }
    match columns.next() {
        Some(rest) => message(event, rest),
        None => event.problem(Problem::Truncated),
    }
    windows::map(event, context);
    Ok(())
}

/// The message, and the record's number behind it, if it is one.
fn message<'a>(event: &mut Event<'a>, rest: &'a str) {
    let rest = rest.trim_end();
    let is_number =
        |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    match rest.rsplit_once('\t') {
        Some((message, number)) if is_number(number) => {
            push(event, "Message", message.trim());
            push(event, "EventRecordID", number);
        }
        _ => push(event, "Message", rest),
    }
}

fn push<'a>(event: &mut Event<'a>, name: &'static str, value: &'a str) {
    if is_present(value) {
        event.push(Cow::Borrowed(name), Cow::Borrowed(value));
    }
}
