//! Which field each known name has, and flat columns made from them.

use std::borrow::Cow;
use std::net::IpAddr;

use crate::address::address;
use crate::event::{Event, Field, Marks, Problem};
use crate::names::Names;
use crate::text::is_present;

/// The most names of a table.
const MOST: usize = 128;

/// The first field of each known name that says something.
pub(crate) struct Known {
    /// Indexes plus one.
    at: [u16; MOST],
    names: &'static Names,
}

impl Known {
    /// Looks once at every field. A name that stands twice with different values is put into `problems`.
    pub fn of(fields: &[Field<'_>], names: &'static Names, problems: &mut Vec<Problem>) -> Self {
        let mut known = Known { at: [0; MOST], names };
        for (index, field) in fields.iter().enumerate() {
            let Some(number) = names.find(&field.name) else { continue };
            if !is_present(&field.value) {
                continue;
            }
            let Some(slot) = known.at.get_mut(number) else { continue };
            if *slot == 0 {
                *slot = u16::try_from(index + 1).unwrap_or_default();
            } else if fields.get(usize::from(*slot) - 1).is_some_and(|first| first.value != field.value) {
                let problem = Problem::Repeated(Cow::Borrowed(names.name(number)));
                if !problems.contains(&problem) {
                    problems.push(problem);
                }
            }
        }
        known
    }

    pub fn index(&self, number: usize) -> Option<usize> {
        usize::from(*self.at.get(number)?).checked_sub(1)
    }

    pub fn text<'e>(&self, fields: &'e [Field<'_>], number: usize) -> Option<&'e str> {
        fields.get(self.index(number)?).map(|field| &*field.value)
    }

    fn name(&self, number: usize) -> Cow<'static, str> {
        Cow::Borrowed(self.names.name(number))
    }
}

/// Makes flat columns from known fields, and marks the fields that became one.
pub(crate) struct Columns<'e, 'a> {
    pub event: &'e mut Event<'a>,
    pub known: Known,
}

impl<'e, 'a> Columns<'e, 'a> {
    pub fn new(event: &'e mut Event<'a>, names: &'static Names) -> Self {
        let mut problems = std::mem::take(&mut event.problems);
        let known = Known::of(&event.fields, names, &mut problems);
        event.problems = problems;
        Columns { event, known }
    }

    pub fn has(&self, number: usize) -> bool {
        self.known.index(number).is_some()
    }

    /// The value of a known name, not marked.
    pub fn peek(&self, number: usize) -> Option<&str> {
        self.known.text(&self.event.fields, number)
    }

    /// The value of the first of these names that says something.
    pub fn text(&mut self, numbers: &[usize]) -> Option<Cow<'a, str>> {
        let index = numbers.iter().find_map(|number| self.known.index(*number))?;
        self.event.mapped.set(index);
        self.event.fields.get(index).map(|field| field.value.clone())
    }

    /// The same, not marked: what OCSF has a place for in some classes only.
    pub fn unmarked(&self, numbers: &[usize]) -> Option<Cow<'a, str>> {
        let index = numbers.iter().find_map(|number| self.known.index(*number))?;
        self.event.fields.get(index).map(|field| field.value.clone())
    }

    /// The first of these names that holds an address.
    pub fn address(&mut self, numbers: &[usize]) -> Option<IpAddr> {
        self.parsed(numbers, address)
    }

    pub fn port(&mut self, numbers: &[usize]) -> Option<u16> {
        self.parsed(numbers, |text| text.parse().ok())
    }

    /// The first of these names that holds what `parse` reads.
    pub fn parsed<T>(&mut self, numbers: &[usize], parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let mut unreadable = None;
        for number in numbers {
            let Some(index) = self.known.index(*number) else { continue };
            let Some(field) = self.event.fields.get(index) else { continue };
            if let Some(value) = parse(&field.value) {
                self.event.mapped.set(index);
                return Some(value);
            }
            unreadable = unreadable.or(Some(*number));
        }
        // Hosts stand where addresses belong, in plenty: the field keeps them, and is none the worse.
        if let Some(number) = unreadable.filter(|number| !self.peek(*number).is_some_and(is_unspecified)) {
            let name = self.known.name(number);
            self.event.problem(Problem::Unreadable(name));
        }
        None
    }
}

fn is_unspecified(text: &str) -> bool {
    matches!(text, "0.0.0.0" | "::" | "0")
}

/// Marks beyond those of the flat columns: what OCSF has an attribute for.
pub(crate) struct Rest<'e, 'a> {
    pub event: &'e Event<'a>,
    pub known: Known,
    pub marks: Marks,
}

impl<'e, 'a> Rest<'e, 'a> {
    pub fn new(event: &'e Event<'a>, names: &'static Names) -> Self {
        // Double names were told when the event was read.
        let known = Known::of(&event.fields, names, &mut Vec::new());
        Rest { event, known, marks: event.mapped }
    }

    pub fn peek(&self, number: usize) -> Option<&'e str> {
        self.known.text(&self.event.fields, number)
    }

    /// Leaves a field for `unmapped` after all.
    pub fn give_back(&mut self, number: usize) {
        if let Some(index) = self.known.index(number) {
            self.marks.clear(index);
        }
    }

    pub fn take(&mut self, number: usize) -> Option<&'e str> {
        let index = self.known.index(number)?;
        self.marks.set(index);
        self.event.fields.get(index).map(|field| &*field.value)
    }
}
