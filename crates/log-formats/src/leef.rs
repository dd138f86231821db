//! LEEF 1.0 and 2.0 (IBM QRadar, "Log Event Extended Format").

use std::borrow::Cow;

use crate::cef_event;
use crate::columns::Columns;
use crate::event::{Context, Event, Format, Problem, Unparsed};
use crate::names::names;
use crate::text::is_present;
use crate::times;

names! { Key, KEYS {
    Source = "src", SourcePort = "srcPort", Destination = "dst", DestinationPort = "dstPort",
    User = "usrName", AccountName = "accountName", HostName = "identHostName", Resource = "resource",
    Action = "action", Policy = "policy", Time = "devTime", Severity = "sev", Category = "cat",
    Message = "msg", Reason = "reason",
    Device = "devName",
} }

/// Shorter is no header.
const PIPES: usize = 5;

pub(crate) fn read<'a>(event: &mut Event<'a>, text: &'a str, context: &Context) -> Result<(), Unparsed> {
    let mut parts = text.splitn(PIPES + 1, '|');
    let mut part = || parts.next().ok_or(Unparsed::NotLeef);
    let version = part()?;
    let (vendor, product, _version, code) = (part()?, part()?, part()?, part()?);
    let rest = part()?;
    if !version.starts_with("LEEF:") {
        return Err(Unparsed::NotLeef);
    }
    let (delimiter, attributes) = delimiter(version, rest);
    let is_pair = |pair: &&str| !pair.trim().is_empty();
    for pair in attributes.split(delimiter).filter(is_pair) {
        match pair.split_once('=') {
            Some((key, value)) => event.push(Cow::Borrowed(key.trim()), Cow::Borrowed(value.trim())),
            None => event.problem(Problem::StrayText),
        }
        if event.is_full() {
            break;
        }
    }
    map(event, context);
    let named = |text: &'a str| Some(Cow::Borrowed(text.trim())).filter(|text| is_present(text));
    (event.vendor, event.product, event.event_code) = (named(vendor), named(product), named(code));
    event.rule_name = event.rule_name.take().or(event.event_code.clone());
    Ok(())
}

/// What stands between the attributes: 2.0 may name it (`^`, `x5E`, `0x5E`, or nothing for a tab), 1.0 has a tab. Palo Alto's
/// 1.0 has a bar.
fn delimiter<'a>(version: &str, rest: &'a str) -> (char, &'a str) {
    let named = match rest.split_once('|') {
        Some((name, attributes)) if !name.contains('=') && version.trim_end().ends_with("2.0") => {
            Some((name, attributes))
        }
        _ => None,
    };
    let Some((name, attributes)) = named else {
        let is_bar = !rest.contains('\t') && rest.contains('|');
        return (if is_bar { '|' } else { '\t' }, rest);
    };
    let hexadecimal =
        name.strip_prefix("0x").or_else(|| name.strip_prefix('x')).filter(|digits| !digits.is_empty());
    let coded = hexadecimal.and_then(|digits| u32::from_str_radix(digits, 16).ok()).and_then(char::from_u32);
    (coded.or(name.chars().next()).unwrap_or('\t'), attributes)
}

fn map(event: &mut Event<'_>, context: &Context) {
    use Key::*;
    let mut columns = Columns::new(event, &KEYS);
    columns.event.format = Format::Leef;
    columns.event.time = columns.moment(&[Time], |_, text| times::moment(text, context));
    columns.event.source_ip = columns.address(&[Source]);
    columns.event.source_port = columns.port(&[SourcePort]);
    columns.event.destination_ip = columns.address(&[Destination]);
    columns.event.destination_port = columns.port(&[DestinationPort]);
    columns.event.user = columns.text(&[User, AccountName]);
    columns.event.host = columns.text(&[HostName, Resource]);
    columns.event.action = columns.text(&[Action]);
    // `sev` is 1 to 10, as CEF's is.
    columns.event.severity = cef_event::severity(columns.peek(Severity).unwrap_or_default());
    columns.event.rule_name = columns.text(&[Policy, Category]);
    columns.event.device = columns.text(&[Device]);
    columns.event.message = columns.text(&[Message, Reason]);
}
