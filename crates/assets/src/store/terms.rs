//! The words by which an asset is found again.

use detection::terms::{query_terms, terms};

use crate::model::AssetContent;

/// Enough for every name and address of an ordinary asset; a network with a thousand addresses is found by its first.
const MAX_TERMS: usize = 1_000;

/// The words of an asset, folded.
pub fn terms_of(content: &AssetContent) -> Vec<String> {
    let addresses = content.addresses.iter().map(ToString::to_string).collect::<Vec<_>>();
    let mut texts = vec![content.name.as_str()];
    texts.extend(content.hostnames.iter().map(String::as_str));
    texts.extend(content.tags.iter().map(String::as_str));
    texts.extend([&content.owner, &content.department].into_iter().flatten().map(String::as_str));
    texts.extend(addresses.iter().map(String::as_str));
    texts.extend(content.description.as_deref());
    terms(&texts, MAX_TERMS)
}

/// What is asked for, as PostgreSQL's tsquery reads it; None when no word is in it.
pub fn query_text(text: &str) -> Option<String> {
    let words = query_terms(text)
        .into_iter()
        .map(|term| {
            let word = term.text.replace('\\', "\\\\").replace('\'', "''");
            let suffix = if term.is_prefix { ":*" } else { "" };
            format!("'{word}'{suffix}")
        })
        .collect::<Vec<_>>();
    (!words.is_empty()).then(|| words.join(" & "))
}
