//! Snare and some agents send an event's data only within its message, by label: `Source Network Address: 192.0.2.1`.
//! Labels are in the language of the machine: English and Spanish are known. They are read only where the event has no
//! data of its own.

use std::borrow::Cow;

use crate::address::address_and_port;
use crate::event::{Event, Problem};
use crate::text::is_present;
use crate::windows;

/// Labels that mean the same wherever they stand, and the field they are.
const LABELS: [(&str, &str); 22] = [
    ("Source Network Address", "IpAddress"),
    ("Source Address", "IpAddress"),
    ("Client Address", "IpAddress"),
    ("Client IP", "IpAddress"),
    ("Caller IP", "IpAddress"),
    ("Dirección de red de origen", "IpAddress"),
    ("Dirección de origen", "IpAddress"),
    ("Dirección de cliente", "IpAddress"),
    ("Source Port", "IpPort"),
    ("Client Port", "IpPort"),
    ("Puerto de origen", "IpPort"),
    ("Puerto de cliente", "IpPort"),
    ("Destination Address", "DestAddress"),
    ("Dirección de destino", "DestAddress"),
    ("Destination Port", "DestPort"),
    ("Puerto de destino", "DestPort"),
    ("Logon Type", "LogonType"),
    ("Tipo de inicio de sesión", "LogonType"),
    ("Workstation Name", "WorkstationName"),
    ("Nombre de estación de trabajo", "WorkstationName"),
    ("New Process Name", "NewProcessName"),
    ("Nombre de proceso nuevo", "NewProcessName"),
];

/// Labels of an account, whose field depends on the section they stand in.
const ACCOUNTS: [&str; 5] =
    ["Account Name", "User Name", "Nombre de cuenta", "Nombre de la cuenta", "Nombre de usuario"];

/// Sections of who did it; the account of any other section is the target.
const SUBJECTS: [&str; 4] = ["Subject", "Creator Subject", "Sujeto", "Firmante"];

/// More labels are not looked at: a message has about 40.
const MOST_LABELS: usize = 200;

/// Adds the fields that only the message has.
pub(crate) fn fill(event: &mut Event<'_>) {
    if windows::has_data(event) {
        return;
    }
    let message = event.fields.iter().find(|field| field.name == "Message").map(|field| field.value.clone());
    let Some(message) = message else { return };
    for (name, value) in labelled(&message) {
        let value = value.trim_end_matches('.');
        if name == "IpAddress" {
            let (address, port) = address_and_port(value);
            let Some(address) = address else { continue };
            add(event, name, &address.to_string());
            if let Some(port) = port {
                add(event, "IpPort", &port.to_string());
            }
        } else if is_present(value) {
            add(event, name, value);
        }
    }
}

/// Adds a field unless it is there. If it is there with another value, somebody may have written a label into a name of his
/// own choice: then nobody is believed.
fn add(event: &mut Event<'_>, name: &'static str, value: &str) {
    let same = event.fields.iter_mut().find(|field| field.name == name);
    match same {
        None => event.push(Cow::Borrowed(name), Cow::Owned(value.to_owned())),
        Some(field) if field.value == value => {}
        Some(field) if matches!(name, "IpAddress" | "DestAddress") => {
            field.value = Cow::Borrowed("-");
            event.problem(Problem::Repeated(Cow::Borrowed(name)));
        }
        Some(_) => {}
    }
}

/// Known labels and their values. Labels and values are set apart by tabs, line ends or runs of spaces; a label ends in a
/// colon, and one that another label follows begins a section.
fn labelled(message: &str) -> impl Iterator<Item = (&'static str, &str)> {
    let mut section = "";
    let mut label: Option<&str> = None;
    segments(message).take(MOST_LABELS).filter_map(move |(segment, begins_line)| {
        if let Some(next) = segment.strip_suffix(':') {
            section = label.unwrap_or(section);
            label = Some(next.trim_end());
            return None;
        }
        let pair = segment.split_once(": ");
        // A label may stand alone on its line because it has no value; the next line is not that, then.
        let is_next = begins_line && pair.is_some();
        let (label, value) = match label.take() {
            Some(label) if !is_next => (label, segment),
            _ => pair?,
        };
        // `... has disconnected the client. Client IP: 192.0.2.1.`
        let label = label.rsplit(". ").next().unwrap_or(label);
        if ACCOUNTS.contains(&label) {
            let is_subject = SUBJECTS.contains(&section);
            return Some((if is_subject { "SubjectUserName" } else { "TargetUserName" }, value.trim()));
        }
        let known = LABELS.iter().find(|(known, _)| *known == label)?;
        Some((known.1, value.trim()))
    })
}

/// What stands between runs of white space, and whether it begins a line.
fn segments(message: &str) -> impl Iterator<Item = (&str, bool)> {
    message.split(['\r', '\n']).flat_map(|line| {
        let parts = line.split('\t').flat_map(|part| part.split("  "));
        let parts = parts.map(str::trim).filter(|segment| !segment.is_empty());
        parts.enumerate().map(|(number, segment)| (segment, number == 0))
    })
}
