//! What a text of an asset may be.
//!
//! Every check answers the text as it is kept, or a sentence for the person who wrote it.

use std::collections::HashSet;
use std::net::IpAddr;

pub const NAME_CHARS: usize = 200;
pub const DESCRIPTION_CHARS: usize = 10_000;
pub const MAX_ADDRESSES: usize = 1_000;
pub const MAX_HOSTNAMES: usize = 100;
pub const MAX_TAGS: usize = 32;
pub const TAG_CHARS: usize = 50;

/// A name: one line, not empty.
pub fn name(text: &str) -> Result<String, String> {
    match line(text, NAME_CHARS)? {
        Some(name) => Ok(name),
        None => Err("is required".to_owned()),
    }
}

/// One line; None when nothing is in it.
pub fn line(text: &str, max: usize) -> Result<Option<String>, String> {
    if text.trim().chars().any(char::is_control) {
        return Err("has control characters or line breaks".to_owned());
    }
    bounded(text, max)
}

/// Several lines; None when nothing is in it.
pub fn lines(text: &str, max: usize) -> Result<Option<String>, String> {
    if text.chars().any(|character| character.is_control() && !matches!(character, '\n' | '\r' | '\t')) {
        return Err("has control characters".to_owned());
    }
    bounded(text, max)
}

fn bounded(text: &str, max: usize) -> Result<Option<String>, String> {
    // The description's limit counts what was sent, the space around it too.
    let chars = text.chars().count();
    if chars > max {
        return Err(format!("has {chars} characters; at most {max} are kept"));
    }
    let text = text.trim();
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

/// A hostname (RFC 1123, 2.1), in lower case and without the root's dot.
pub fn hostname(text: &str) -> Result<String, String> {
    let name = text.trim().to_ascii_lowercase();
    let name = name.strip_suffix('.').unwrap_or(&name);
    if name.parse::<IpAddr>().is_ok() {
        return Err(format!("{name} is an address; put it under the addresses"));
    }
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if name.len() > 253 || !name.split('.').all(is_label) {
        let shown = name.chars().filter(|character| !character.is_control()).take(60).collect::<String>();
        return Err(format!(
            "\"{shown}\" is not a hostname: letters, digits and hyphens, in parts of at most 63 joined by dots"
        ));
    }
    Ok(name.to_owned())
}

/// A tag, in lower case. It holds no separator, so that a list of tags fits one cell of a table.
pub fn tag(text: &str) -> Result<String, String> {
    let Some(tag) = line(text, TAG_CHARS)? else { return Err("is empty".to_owned()) };
    if tag.contains([',', ';', '|']) {
        return Err(format!("\"{tag}\" holds a comma, semicolon or bar, which separate tags"));
    }
    // Folding can lengthen a text, so it is measured again.
    match line(&tag.to_lowercase(), TAG_CHARS)? {
        Some(tag) => Ok(tag),
        None => Err("is empty".to_owned()),
    }
}

/// The values in their order, without repeats.
pub fn distinct<T: std::hash::Hash + Eq + Clone>(values: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut seen = HashSet::new();
    values.into_iter().filter(|value| seen.insert(value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_line_that_is_not_empty() {
        assert_eq!(name("  Servidor de correo "), Ok("Servidor de correo".to_owned()));
        assert!(name(" \t ").is_err());
        assert!(name("a\nb").is_err());
        assert!(name("a\0b").is_err());
        assert!(name(&"ñ".repeat(200)).is_ok());
        assert!(name(&"ñ".repeat(201)).is_err());
    }

    #[test]
    fn hostnames_follow_rfc_1123_and_are_kept_in_lower_case() {
        assert_eq!(hostname("WEB01.Example.ORG."), Ok("web01.example.org".to_owned()));
        assert_eq!(hostname("3com"), Ok("3com".to_owned()));
        let long = "a".repeat(64);
        for text in ["", ".", "a..b", "-a", "a-", "a_b", "a b", "10.0.0.5", "::1", "ñ", &long] {
            assert!(hostname(text).is_err(), "{text}");
        }
        assert!(hostname(&format!("{}.example", "a.".repeat(130))).is_err());
    }

    #[test]
    fn tags_are_kept_in_lower_case_and_hold_no_separator() {
        assert_eq!(tag(" PCI DSS "), Ok("pci dss".to_owned()));
        for text in ["", "a,b", "a;b", "a|b", &"x".repeat(51)] {
            assert!(tag(text).is_err(), "{text}");
        }
    }

    #[test]
    fn repeats_are_dropped_and_the_order_stays() {
        assert_eq!(distinct(["b", "a", "b"]), ["b", "a"]);
    }
}
