//! Names known beforehand, each with a number, found without comparing them all.

use std::marker::PhantomData;

/// More than twice as many places as the longest list has names.
const PLACES: usize = 256;

/// A hash table that the compiler fills. A name's number is its place in the list.
pub(crate) struct Names<K> {
    list: &'static [&'static str],
    /// Numbers plus one; 0 is a free place.
    places: [u8; PLACES],
    /// The enum whose variants have these names, so that no other's number is taken for one of these.
    key: PhantomData<fn(K)>,
}

impl<K> Names<K> {
    pub const fn new(list: &'static [&'static str]) -> Self {
        assert!(list.len() < PLACES / 2, "too many names");
        let mut places = [0; PLACES];
        let mut number = 0;
        while number < list.len() {
            let mut place = place_of(list[number].as_bytes());
            while places[place] != 0 {
                place = (place + 1) % PLACES;
            }
            number += 1;
            places[place] = number as u8;
        }
        Names { list, places, key: PhantomData }
    }

    /// The number of a name.
    #[inline]
    pub fn find(&self, name: &str) -> Option<usize> {
        if name.is_empty() {
            return None;
        }
        let mut place = place_of(name.as_bytes());
        loop {
            let number = usize::from(*self.places.get(place)?).checked_sub(1)?;
            if self.list.get(number).is_some_and(|known| *known == name) {
                return Some(number);
            }
            place = (place + 1) % PLACES;
        }
    }

    pub fn name(&self, number: usize) -> &'static str {
        self.list.get(number).copied().unwrap_or_default()
    }
}

/// Names differ in their length and ends, mostly.
const fn place_of(name: &[u8]) -> usize {
    let length = name.len();
    let middle = name[length / 2] as usize;
    let ends = name[0] as usize * 31 + name[length - 1] as usize * 7;
    (ends + middle * 17 + length * 59) % PLACES
}

/// An enum of known names and the table that finds them: `names! { Key, KEYS { SourceIp = "srcip", ... } }`.
macro_rules! names {
    ($key:ident, $table:ident { $($variant:ident = $name:literal),+ $(,)? }) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum $key { $($variant),+ }

        impl From<$key> for usize {
            fn from(key: $key) -> usize {
                key as usize
            }
        }

        pub(crate) static $table: crate::names::Names<$key> = crate::names::Names::new(&[$($name),+]);
    };
}

pub(crate) use names;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_and_no_other() {
        static NAMES: Names<usize> = Names::new(&["srcip", "dstip", "src", "dst", "a", "level"]);
        for (number, name) in NAMES.list.iter().enumerate() {
            assert_eq!(NAMES.find(name), Some(number));
        }
        for name in ["", "srci", "SRCIP", "b", "pislr"] {
            assert_eq!(NAMES.find(name), None, "{name}");
        }
    }
}
