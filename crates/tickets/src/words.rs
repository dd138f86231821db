//! The words by which tickets are found: folded words of their texts, and one word per facet (`=rule:...`).
//!
//! A facet word begins with `=`, which no word of a text does, so that nobody can write one into a title. Text and
//! rare filters are one mechanism: one query over one index. What a ticket's state adds (stage, severity, score, verdict,
//! status, merged, month) comes with the ticket ([`of_a_new_one`]); from then on a trigger keeps it, so that no writer can
//! forget it.

use std::collections::BTreeSet;
use std::net::IpAddr;

use detection::terms::{query_terms, terms};
use platform::ids::occurred_at;
use vocab::{AssetId, OrganizationId, Severity, Stage, TicketId};

/// Words of texts a ticket keeps at most.
const MOST_WORDS: usize = 400;
/// Words one query may ask for.
const MOST_QUERY_WORDS: usize = 12;
/// A facet's value is cut here: lexemes have a limit.
const MOST_FACET_BYTES: usize = 200;

/// Everything a ticket is found by.
#[derive(Debug, Clone, Default)]
pub struct Described<'a> {
    pub organization: Option<OrganizationId>,
    pub reference: &'a str,
    pub title: &'a str,
    pub description: Option<&'a str>,
    pub rule_id: Option<&'a str>,
    pub rule_name: Option<&'a str>,
    pub source_ip: Option<IpAddr>,
    pub destination_ip: Option<IpAddr>,
    pub asset: Option<AssetId>,
    /// The asset's name and host names.
    pub asset_names: &'a [String],
    /// The source's own number.
    pub incident_id: Option<&'a str>,
    pub tags: &'a [String],
    /// Values the alerts name: hosts, users, addresses.
    pub values: &'a [String],
    pub comments: &'a [String],
}

/// The words to keep in `tickets.terms`.
pub fn words(of: &Described<'_>) -> Vec<String> {
    let addresses = [of.source_ip, of.destination_ip].map(|ip| ip.map(|ip| ip.to_string()));
    let mut texts = vec![of.reference, of.title];
    texts.extend([of.rule_id, of.rule_name, of.incident_id, of.description].into_iter().flatten());
    texts.extend(addresses.iter().flatten().map(String::as_str));
    for list in [of.asset_names, of.tags, of.values, of.comments] {
        texts.extend(list.iter().map(String::as_str));
    }
    let mut words = terms(&texts, MOST_WORDS);
    words.extend(facets(of));
    words
}

fn facets(of: &Described<'_>) -> BTreeSet<String> {
    let mut facets = BTreeSet::new();
    facets.extend(of.organization.map(organization));
    facets.extend(of.rule_id.map(|id| facet("rule", id)));
    facets.extend([of.source_ip, of.destination_ip].into_iter().flatten().map(ip));
    facets.extend(of.asset.map(|id| facet("asset", &id.to_string())));
    facets.extend([of.incident_id, Some(of.reference)].into_iter().flatten().map(|id| facet("ref", id)));
    facets.extend(of.tags.iter().map(|tag| facet("tag", tag)));
    facets
}

/// What its state adds to the words of a ticket that is being made, as `ticket_state_words` says it in the database.
pub fn of_a_new_one(id: TicketId, stage: Stage, severity: Severity, score: i16) -> [String; 5] {
    let made = occurred_at(id.uuid()).date();
    let month = format!("{:04}{:02}", made.year(), u8::from(made.month()));
    let day = format!("{month}{:02}", made.day());
    [
        facet("stage", stage.as_str()),
        facet("s", severity.as_str()),
        facet("u", &score.to_string()),
        facet("m", &month),
        facet("d", &day),
    ]
}

/// `=name:value`.
pub fn facet(name: &str, value: &str) -> String {
    let mut end = value.len().min(MOST_FACET_BYTES);
    while !value.is_char_boundary(end) {
        end -= 1;
    }
    format!("={name}:{}", &value[..end])
}

pub fn ip(ip: IpAddr) -> String {
    facet("ip", &ip.to_canonical().to_string())
}

/// Keeps a small organization's search from gathering a large one's rows.
pub fn organization(id: OrganizationId) -> String {
    facet("o", &id.to_string())
}

/// A `tsquery` put together from words and facets, every part quoted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WordQuery {
    parts: Vec<String>,
}

impl WordQuery {
    /// Every word of a text: those not quoted may go on.
    pub fn text(&mut self, text: &str) {
        let mut asked = query_terms(text);
        asked.truncate(MOST_QUERY_WORDS);
        // Beginnings of one or two letters fit half the dictionary: beside a longer word they ask for the whole word.
        let has_long = asked.iter().any(|term| term.text.chars().count() > 2);
        for term in &asked {
            let is_short = term.text.chars().count() <= 2;
            let prefix = if term.is_prefix && !(is_short && has_long) { ":*" } else { "" };
            self.parts.push(format!("{}{prefix}", quoted(&term.text)));
        }
    }

    /// One of these facets.
    pub fn any(&mut self, facets: impl IntoIterator<Item = String>) {
        let facets = facets.into_iter().map(|facet| quoted(&facet)).collect::<Vec<_>>();
        if !facets.is_empty() {
            self.parts.push(format!("({})", facets.join(" | ")));
        }
    }

    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// In the syntax of `tsquery`.
    pub fn to_tsquery(&self) -> String {
        self.parts.join(" & ")
    }
}

fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\\', "\\\\").replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_quotes_what_it_is_given() {
        let mut query = WordQuery::default();
        query.any([facet("tag", "it's"), facet("tag", "a\\b")]);
        assert_eq!(query.to_tsquery(), r"('=tag:it''s' | '=tag:a\\b')");
    }

    #[test]
    fn facets_of_addresses_have_one_spelling() {
        let mapped = "::ffff:10.0.0.1".parse().map(ip);
        assert_eq!(mapped, Ok("=ip:10.0.0.1".to_owned()));
        assert_eq!("2001:DB8:0:0::1".parse().map(ip), Ok("=ip:2001:db8::1".to_owned()));
    }

    #[test]
    fn a_long_value_is_cut_between_characters() {
        assert!(facet("rule", &"ñ".repeat(300)).len() <= 210);
    }

    #[test]
    fn every_facet_of_a_ticket_is_a_word() {
        let tags = ["vip".to_owned()];
        let of = Described {
            reference: "TCK-2026-000001",
            rule_id: Some("PH_RULE_X"),
            source_ip: "10.0.0.1".parse().ok(),
            incident_id: Some("4711"),
            tags: &tags,
            ..Described::default()
        };
        let words = words(&of);
        for expected in ["=rule:PH_RULE_X", "=ip:10.0.0.1", "=ref:4711", "=ref:TCK-2026-000001", "=tag:vip"] {
            assert!(words.iter().any(|word| word == expected), "{expected} in {words:?}");
        }
    }
}
