//! The words by which a text is found again.
//!
//! Both sides fold alike: lower case, accents off. A **word** is a run of letters, digits and the connectors that hold
//! addresses, host names, mail addresses, paths and rule ids together (`. : @ / \ _ -`). The terms of a text are its
//! words as they are, then the parts of the words, then what begins at a part (`harbor.example` of
//! `dc01.harbor.example`). A query asks for words; so every word of a text finds it, and so does every beginning of one.
//! An address is not taken apart: what it ends with is shared by thousands, and asked for by nobody.

use std::collections::HashSet;
use std::net::IpAddr;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Longer terms are cut, in texts and queries alike.
const TERM_BYTES: usize = 100;

/// Words of more parts (long paths, dumps of bytes) are not found by what begins within them.
const MOST_PARTS: usize = 12;

/// More words than anybody types; what follows them is left out.
const QUERY_WORDS: usize = 16;

/// One thing a query asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryTerm {
    pub text: String,
    /// Whether a term that only begins with the text will do. Quoted words ask for the whole term.
    pub is_prefix: bool,
}

/// The terms of texts, folded and without repeats, at most `max`: whole words first, so that parts are what is left out.
pub fn terms(texts: &[&str], max: usize) -> Vec<String> {
    let mut folded = String::with_capacity(texts.iter().map(|text| text.len() + 1).sum());
    for text in texts {
        fold_into(&mut folded, text);
        folded.push('\n');
    }
    let mut chosen =
        Chosen { terms: Vec::with_capacity(64.min(max)), seen: HashSet::with_capacity(64.min(max)), max };
    let words = words(&folded).collect::<Vec<_>>();
    words.iter().for_each(|word| chosen.add(word));
    // Only what holds connectors has parts, and an address is none of them.
    let composed = words.into_iter().filter(|word| word.contains(is_connector) && !is_address(word));
    let composed = composed.collect::<Vec<_>>();
    composed.iter().for_each(|word| chosen.add_parts(word));
    composed.iter().for_each(|word| chosen.add_ends(word));
    chosen.terms.into_iter().map(str::to_owned).collect()
}

/// What a query asks for, folded as [`terms`] folds. A quote without its end quotes nothing.
pub fn query_terms(text: &str) -> Vec<QueryTerm> {
    let mut folded = String::with_capacity(text.len());
    fold_into(&mut folded, text);
    let quotes = folded.matches('"').count();
    let mut asked: Vec<QueryTerm> = Vec::new();
    for (index, piece) in folded.split('"').enumerate() {
        let is_quoted = index % 2 == 1 && index < quotes;
        for word in words(piece) {
            let term = QueryTerm { text: cut(word).to_owned(), is_prefix: !is_quoted };
            if !asked.contains(&term) && asked.len() < QUERY_WORDS {
                asked.push(term);
            }
        }
    }
    asked
}

struct Chosen<'a> {
    terms: Vec<&'a str>,
    seen: HashSet<&'a str>,
    max: usize,
}

impl<'a> Chosen<'a> {
    fn add(&mut self, term: &'a str) {
        let term = cut(term);
        if !term.is_empty() && self.terms.len() < self.max && self.seen.insert(term) {
            self.terms.push(term);
        }
    }

    /// The segments of paths and mail addresses, the hosts before ports, and every run of letters and digits.
    fn add_parts(&mut self, word: &'a str) {
        if self.terms.len() >= self.max {
            return;
        }
        for segment in word.split(['/', '\\', '@']).map(trim) {
            self.add(segment);
            segment.split(':').for_each(|piece| self.add(trim(piece)));
            segment.split(is_connector).for_each(|piece| self.add(piece));
        }
    }

    /// What begins at each part and goes on to the word's end.
    fn add_ends(&mut self, word: &'a str) {
        if word.split(is_connector).count() > MOST_PARTS {
            return;
        }
        for (at, connector) in word.match_indices(is_connector) {
            self.add(trim(word.get(at + connector.len()..).unwrap_or_default()));
        }
        // A host's domain, though a port or a path follows it.
        for host in word.split(['/', '\\', '@', ':']).map(trim) {
            host.match_indices('.').for_each(|(at, _)| self.add(host.get(at + 1..).unwrap_or_default()));
        }
    }
}

fn is_address(word: &str) -> bool {
    word.parse::<IpAddr>().is_ok()
}

fn words(folded: &str) -> impl Iterator<Item = &str> {
    folded.split(|c: char| !c.is_alphanumeric() && !is_connector(c)).map(trim).filter(|word| !word.is_empty())
}

fn trim(word: &str) -> &str {
    word.trim_matches(is_connector)
}

const fn is_connector(character: char) -> bool {
    matches!(character, '.' | ':' | '@' | '/' | '\\' | '_' | '-')
}

fn cut(term: &str) -> &str {
    term.get(..term.floor_char_boundary(TERM_BYTES)).unwrap_or_default()
}

fn fold_into(folded: &mut String, text: &str) {
    if text.is_ascii() {
        folded.extend(text.chars().map(|character| character.to_ascii_lowercase()));
        return;
    }
    // Letter by letter, for the lower case of a letter must not depend on its neighbours: a sigma that ends a word is
    // the same sigma.
    let lower = text.chars().flat_map(char::to_lowercase).map(|c| if c == 'ς' { 'σ' } else { c });
    folded.extend(lower.nfd().filter(|character| !is_combining_mark(*character)));
}
