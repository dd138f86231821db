//! XML bodies: one incident, several in a row, or any wrapper around them.

use time::UtcOffset;
use vocab::Notification;

use crate::event::{RULE_INCIDENT, event, event_within, is_rule_incident, read_event};
use crate::incident::incident;
use crate::limits::Limits;
use crate::reading::Reading;
use crate::source::Source;
use crate::unreadable::{Unreadable, code};
use crate::xml::{Fault, Step, Tag, Tree, Walker};
use crate::{Delivery, Element};

struct Wrapped<'s, 'a> {
    source: &'s Source<'a>,
    /// Where the XML begins in the source's text.
    base: usize,
    limits: &'s Limits,
    zone: Option<UtcOffset>,
    /// The wrappers that are open.
    open: Vec<&'s str>,
    first_wrapper: Option<&'s str>,
    elements: Vec<Element>,
}

/// Reads XML that begins at `base` of the source's text.
pub(crate) fn read_xml(
    source: &Source<'_>,
    base: usize,
    limits: &Limits,
    zone: Option<UtcOffset>,
) -> Result<Delivery, Unreadable> {
    let mut wrapped =
        Wrapped { source, base, limits, zone, open: Vec::new(), first_wrapper: None, elements: Vec::new() };
    let ended = wrapped.walk(source.text.get(base..).unwrap_or_default().trim_end_matches(crate::is_padding));
    let mut elements = wrapped.elements;
    let is_list = wrapped.first_wrapper.is_some() || elements.len() > 1;
    if let Err(unreadable) = ended {
        // A document type is refused whatever stands before it. Otherwise what was read before the fault is good.
        if elements.is_empty() || unreadable.code == code::XML_DOCTYPE {
            return Err(unreadable);
        }
        let start = elements.last().map_or(0, |element| element.raw.end);
        let end = source.body_offset(source.text.len());
        elements.push(Element { raw: start..end, reading: Err(unreadable) });
        return Ok(Delivery { is_list: true, elements });
    }
    if is_list {
        return list_of(elements, wrapped.first_wrapper, source, base);
    }
    match elements.pop() {
        Some(Element { reading: Ok(notification), .. }) => {
            let raw = 0..source.body_offset(source.text.len());
            Ok(Delivery { is_list: false, elements: vec![Element { raw, reading: Ok(notification) }] })
        }
        Some(Element { reading: Err(unreadable), .. }) => Err(unreadable),
        None => Err(source.unreadable(code::EMPTY, "the body has no element", base, "")),
    }
}

fn list_of(
    elements: Vec<Element>,
    wrapper: Option<&str>,
    source: &Source<'_>,
    base: usize,
) -> Result<Delivery, Unreadable> {
    let is_query = wrapper == Some("queryResult");
    let are_log_events =
        |code| elements.iter().all(|element| matches!(&element.reading, Err(e) if e.code == code));
    if is_query && are_log_events(code::EVENT_QUERY) {
        let message = "the answer to an event query holds log events, not incidents";
        return Err(source.unreadable(code::EVENT_QUERY, message, base, "queryResult"));
    }
    if elements.is_empty() && wrapper != Some("incidents") {
        return Err(source.unreadable(code::UNKNOWN_SHAPE, "the XML is nothing FortiSIEM sends", base, ""));
    }
    Ok(Delivery { is_list: true, elements })
}

impl<'s> Wrapped<'s, '_> {
    fn walk(&mut self, text: &'s str) -> Result<(), Unreadable> {
        let mut walker = Walker::new(text, self.limits);
        loop {
            match walker.step().map_err(|fault| self.refuse(fault, ""))? {
                Step::Open(tag) if matches!(tag.name, "incident" | "event") => {
                    if self.elements.len() >= self.limits.elements {
                        let message = "the list has too many incidents";
                        return Err(self.refuse_at(code::TOO_MANY_ELEMENTS, message, tag.start));
                    }
                    self.element(&mut walker, tag)?;
                }
                Step::Open(tag) => self.wrapper(&tag)?,
                Step::Close => drop(self.open.pop()),
                // The text of unknown elements is theirs; outside of every element there may be none.
                Step::Text { offset } if self.open.is_empty() => {
                    let message = "there is text outside of the elements";
                    return Err(self.refuse_at(code::XML_MALFORMED, message, offset));
                }
                Step::Text { .. } => {}
                Step::End if self.open.is_empty() => return Ok(()),
                Step::End => {
                    let message = "the end of an element is missing";
                    return Err(self.refuse_at(code::XML_MALFORMED, message, text.len()));
                }
            }
        }
    }

    fn wrapper(&mut self, tag: &Tag<'s>) -> Result<(), Unreadable> {
        self.first_wrapper.get_or_insert(tag.name);
        if !tag.is_empty() {
            self.open.push(tag.name);
        }
        if self.open.len() > self.limits.depth {
            return Err(self.refuse_at(code::TOO_DEEP, "the elements nest too deep", tag.start));
        }
        Ok(())
    }

    fn element(&mut self, walker: &mut Walker<'s, '_>, tag: Tag<'s>) -> Result<(), Unreadable> {
        let (end, reading) = match walker.tree(tag) {
            Ok(tree) => (tree.span.end, self.notification(&tree, &tag)),
            Err(fault) if fault.code == code::XML_DOCTYPE => return Err(self.refuse(fault, "")),
            Err(fault) => {
                let is_alone = self.open.is_empty() && self.elements.is_empty();
                match walker.resume_behind(&tag, &fault) {
                    Some(end) if !is_alone || walker.has_more() => (end, Err(self.refuse(fault, tag.name))),
                    _ => return Err(self.refuse(fault, tag.name)),
                }
            }
        };
        let raw = self.source.raw(&(self.base + tag.start..self.base + end));
        self.elements.push(Element { raw, reading });
        Ok(())
    }

    fn notification(&self, tree: &Tree<'_>, tag: &Tag<'_>) -> Result<Notification, Unreadable> {
        let path = self.path(tag.name);
        let refuse = |code, message: &str| {
            Err(self.source.unreadable(code, message, self.base + tag.start, path.clone()))
        };
        let reading = Reading::new(self.limits, self.zone, format!("{}/", tag.name));
        let found = match (tag.name, self.first_wrapper) {
            ("incident", _) => incident(tree, reading),
            _ if is_rule_incident(tree) => event(tree, reading),
            (_, Some("queryResult")) => match self.event_of_query(tree) {
                Some(found) => Some(found),
                None => return refuse(code::EVENT_QUERY, "a log event, not an incident"),
            },
            _ => return refuse(code::NOT_AN_INCIDENT, "an event, but none of the rule engine"),
        };
        match found {
            Some(notification) => Ok(notification),
            None => refuse(code::NOT_AN_INCIDENT, "neither a rule's id nor a rule's name is in it"),
        }
    }

    /// An event in a query's answer is an incident if its raw message is one, or if it says that it is.
    fn event_of_query(&self, tree: &Tree<'_>) -> Option<Notification> {
        let reading = || Reading::new(self.limits, self.zone, "event/");
        let mut draft = crate::draft::Draft::default();
        let mut probe = reading();
        let rest = read_event(tree, &mut probe, &mut draft);
        if let Some(message) = draft.raw_events.take().filter(|slot| slot.text.contains(RULE_INCIDENT)) {
            return event_within(&message.text, self.limits).and_then(|inner| event(&inner, reading()));
        }
        let is_incident = draft.incident_id.is_some()
            && (rest.iter().any(|(_, text)| text == RULE_INCIDENT)
                || draft.rule_id.as_ref().is_some_and(|slot| slot.text.starts_with("PH_RULE_")));
        if is_incident { event(tree, reading()) } else { None }
    }

    fn path(&self, name: &str) -> String {
        if self.open.is_empty() && self.elements.is_empty() {
            return name.to_owned();
        }
        let place = format!("{name}[{}]", self.elements.len());
        self.open.iter().copied().chain([place.as_str()]).collect::<Vec<_>>().join("/")
    }

    fn refuse(&self, fault: Fault, element: &str) -> Unreadable {
        let within = fault.path.split_once('/').map_or("", |(_, within)| within);
        let mut path = if element.is_empty() { self.open.join("/") } else { self.path(element) };
        if !within.is_empty() {
            path.push('/');
            path.push_str(within);
        }
        self.source.unreadable(fault.code, fault.message, self.base + fault.offset, path)
    }

    fn refuse_at(&self, code: &'static str, message: &str, offset: usize) -> Unreadable {
        self.source.unreadable(code, message, self.base + offset, self.open.join("/"))
    }
}
