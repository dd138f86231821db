//! Which field each known name has, and flat columns made from them.

use std::borrow::Cow;
use std::net::IpAddr;

use time::OffsetDateTime;

use crate::address::address;
use crate::event::{Event, Field, Marks, Problem};
use crate::names::Names;
use crate::text::is_present;

/// The most names of a table.
const MOST: usize = 128;

/// The first field of each known name that says something.
pub(crate) struct Known<K: 'static> {
    /// Indexes plus one.
    at: [u16; MOST],
    names: &'static Names<K>,
}

impl<K: Copy + Into<usize>> Known<K> {
    /// Looks once at every field. A name that stands twice with different values is put into `problems`.
    fn of(fields: &[Field<'_>], names: &'static Names<K>, problems: &mut Vec<Problem>) -> Self {
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

    fn index(&self, key: K) -> Option<usize> {
        usize::from(*self.at.get(key.into())?).checked_sub(1)
    }

    fn text<'e>(&self, fields: &'e [Field<'_>], key: K) -> Option<&'e str> {
        fields.get(self.index(key)?).map(|field| &*field.value)
    }
}

/// Makes flat columns from known fields, and marks the fields that became one.
pub(crate) struct Columns<'e, 'a, K: 'static> {
    pub event: &'e mut Event<'a>,
    known: Known<K>,
}

impl<'e, 'a, K: Copy + Into<usize>> Columns<'e, 'a, K> {
    pub fn new(event: &'e mut Event<'a>, names: &'static Names<K>) -> Self {
        let mut problems = std::mem::take(&mut event.problems);
        let known = Known::of(&event.fields, names, &mut problems);
        event.problems = problems;
        Columns { event, known }
    }

    pub fn has(&self, key: K) -> bool {
        self.known.index(key).is_some()
    }

    /// The value of a known name, not marked.
    pub fn peek(&self, key: K) -> Option<&str> {
        self.known.text(&self.event.fields, key)
    }

    /// The value of the first of these names that says something.
    pub fn text(&mut self, keys: &[K]) -> Option<Cow<'a, str>> {
        let index = keys.iter().find_map(|key| self.known.index(*key))?;
        self.event.mapped.set(index);
        self.event.fields.get(index).map(|field| field.value.clone())
    }

    /// The same, not marked: what OCSF has a place for in some classes only.
    pub fn unmarked(&self, keys: &[K]) -> Option<Cow<'a, str>> {
        let index = keys.iter().find_map(|key| self.known.index(*key))?;
        self.event.fields.get(index).map(|field| field.value.clone())
    }

    /// The first of these names that holds an address.
    pub fn address(&mut self, keys: &[K]) -> Option<IpAddr> {
        self.parsed(keys, address)
    }

    pub fn port(&mut self, keys: &[K]) -> Option<u16> {
        self.parsed(keys, |text| text.parse().ok())
    }

    /// The first of these names that holds what `parse` reads. If none does, the first that should is a problem.
    pub fn parsed<T>(&mut self, keys: &[K], parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let mut unreadable = None;
        for key in keys {
            let Some(index) = self.known.index(*key) else { continue };
            let Some(field) = self.event.fields.get(index) else { continue };
            if let Some(value) = parse(&field.value) {
                self.event.mapped.set(index);
                return Some(value);
            }
            unreadable = unreadable.or(Some(*key).filter(|_| !is_unspecified(&field.value)));
        }
        if let Some(key) = unreadable {
            self.event.problem(Problem::Unreadable(Cow::Borrowed(self.known.names.name(key.into()))));
        }
        None
    }

    /// The first of these names that `read` finds a time in. One without a zone is a problem.
    pub fn moment(
        &mut self,
        keys: &[K],
        read: impl Fn(K, &str) -> Result<Option<OffsetDateTime>, Problem>,
    ) -> Option<OffsetDateTime> {
        for key in keys {
            let Some(text) = self.peek(*key) else { continue };
            match read(*key, text) {
                Ok(Some(at)) => {
                    self.text(&[*key]);
                    return Some(at);
                }
                Ok(None) => {}
                Err(problem) => self.event.problem(problem),
            }
        }
        None
    }
}

/// Ways to write that there is no address, which are not unreadable.
fn is_unspecified(text: &str) -> bool {
    matches!(text, "0.0.0.0" | "::" | "0")
}

/// Marks beyond those of the flat columns: what OCSF has an attribute for.
pub(crate) struct Rest<'e, 'a, K: 'static> {
    event: &'e Event<'a>,
    known: Known<K>,
    pub marks: Marks,
}

impl<'e, 'a, K: Copy + Into<usize>> Rest<'e, 'a, K> {
    pub fn new(event: &'e Event<'a>, names: &'static Names<K>) -> Self {
        // Double names were told when the event was read.
        let known = Known::of(&event.fields, names, &mut Vec::new());
        Rest { event, known, marks: event.mapped }
    }

    pub fn peek(&self, key: K) -> Option<&'e str> {
        self.known.text(&self.event.fields, key)
    }

    /// Leaves a field for `unmapped` after all.
    pub fn give_back(&mut self, key: K) {
        if let Some(index) = self.known.index(key) {
            self.marks.clear(index);
        }
    }

    pub fn take(&mut self, key: K) -> Option<&'e str> {
        let index = self.known.index(key)?;
        self.marks.set(index);
        self.event.fields.get(index).map(|field| &*field.value)
    }
}
