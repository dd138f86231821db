//! Which deliveries share a key.
#![expect(clippy::expect_used, reason = "a failed expectation ends a test")]

use detection::fingerprint::{Key, Parties, delivery, incident, recurrence};
use proptest::prelude::*;
use vocab::{Entry, OrganizationId, SourceId};

fn organization(number: u8) -> OrganizationId {
    format!("00000000-0000-7000-8000-0000000000{number:02x}").parse().expect("an id")
}

fn source(number: u8) -> SourceId {
    format!("00000000-0000-7000-8000-0000000000{number:02x}").parse().expect("an id")
}

fn entry(attribute: &str, value: &str) -> Entry {
    Entry { attribute: attribute.to_owned(), label: String::new(), value: value.to_owned(), note: None }
}

fn entries(pairs: &[(&str, &str)]) -> Vec<Entry> {
    pairs.iter().map(|(attribute, value)| entry(attribute, value)).collect()
}

fn key(sources: &[Entry], targets: &[Entry]) -> Option<Key> {
    let parties = Parties { sources, targets, source_ip: None, destination_ip: None };
    recurrence(organization(1), "PH_RULE_X", &parties)
}

#[test]
fn a_delivery_is_the_same_for_one_source_only() {
    assert_eq!(delivery(source(1), &[7; 16]), delivery(source(1), &[7; 16]));
    assert_ne!(delivery(source(1), &[7; 16]), delivery(source(2), &[7; 16]));
    assert_ne!(delivery(source(1), &[7; 16]), delivery(source(1), &[8; 16]));
}

#[test]
fn keys_are_stored_and_never_change() {
    let hex = |key: Key| key.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    assert_eq!(hex(delivery(source(1), &[7; 16])), "a1362260614fd1ae680d8b46d97671d9");
    assert_eq!(
        hex(incident(organization(1), source(2), Some("77")).expect("a key")),
        "63b3df8fb2a8f9cabdd28b9c63f47223"
    );
    let recurring = key(&entries(&[("srcIpAddr", "192.0.2.1")]), &entries(&[("hostName", "Db-7")]));
    assert_eq!(hex(recurring.expect("a key")), "b37d63c0fb1360929b0e0e682ecef7ba");
}

#[test]
fn an_incident_without_a_number_has_no_key() {
    assert_eq!(incident(organization(1), source(1), None), None);
    assert_eq!(incident(organization(1), source(1), Some(" ")), None);
    let key = incident(organization(1), source(1), Some("77"));
    assert!(key.is_some());
    assert_eq!(key, incident(organization(1), source(1), Some(" 77 ")));
    assert_ne!(key, incident(organization(2), source(1), Some("77")));
    assert_ne!(key, incident(organization(1), source(2), Some("77")));
    assert_ne!(key, incident(organization(1), source(1), Some("78")));
}

#[test]
fn an_empty_source_or_target_never_groups() {
    let full = entries(&[("srcIpAddr", "192.0.2.1")]);
    assert_eq!(key(&full, &[]), None);
    assert_eq!(key(&[], &full), None);
    assert_eq!(key(&[], &[]), None);
    assert_eq!(key(&full, &entries(&[("hostName", "  ")])), None);
    assert!(key(&full, &full).is_some());
    let parties = Parties { sources: &full, targets: &full, source_ip: None, destination_ip: None };
    assert_eq!(recurrence(organization(1), " ", &parties), None);
}

#[test]
fn an_address_stands_in_for_missing_entries() {
    let targets = entries(&[("hostName", "db-7")]);
    let address = "192.0.2.1".parse().ok();
    let by_address = Parties { sources: &[], targets: &targets, source_ip: address, destination_ip: None };
    let by_address = recurrence(organization(1), "PH_RULE_X", &by_address);
    assert!(by_address.is_some());
    assert_eq!(by_address, key(&entries(&[("srcIpAddr", "192.0.2.1")]), &targets));
}

#[test]
fn what_a_person_would_call_the_same_is_the_same() {
    let sources = entries(&[("user", "Ana"), ("srcIpAddr", "192.0.2.1")]);
    let targets = entries(&[("hostName", "db-7")]);
    let usual = key(&sources, &targets);
    let mut noted = sources.clone();
    noted[0].note = Some("Ana Example".to_owned());
    noted[0].label = "User".to_owned();
    for same in [
        key(&entries(&[("srcIpAddr", "192.0.2.1"), ("user", " ANA ")]), &targets),
        key(&entries(&[("user", "ana"), ("user", "Ana"), ("srcIpAddr", "192.0.2.1")]), &targets),
        key(&noted, &entries(&[("hostName", "DB-7"), ("computer", "")])),
    ] {
        assert_eq!(same, usual);
    }
    for other in [
        key(&targets, &sources),
        key(&entries(&[("user", "ana")]), &targets),
        key(&entries(&[("user", "192.0.2.1"), ("srcIpAddr", "ana")]), &targets),
    ] {
        assert_ne!(other, usual);
    }
    let parties = Parties { sources: &sources, targets: &targets, source_ip: None, destination_ip: None };
    assert_ne!(recurrence(organization(1), "PH_RULE_Y", &parties), usual);
    assert_ne!(recurrence(organization(2), "PH_RULE_X", &parties), usual);
}

/// Few letters, so that pairs that only concatenation tells apart come up often.
fn some_entries() -> impl Strategy<Value = Vec<Entry>> {
    proptest::collection::vec(("[ab]{0,2}", "[ab]{1,2}"), 1..4)
        .prop_map(|pairs| pairs.iter().map(|(attribute, value)| entry(attribute, value)).collect())
}

fn plain(entries: &[Entry]) -> Vec<(&str, &str)> {
    let mut pairs: Vec<_> = entries.iter().map(|e| (e.attribute.as_str(), e.value.as_str())).collect();
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn order_never_matters(sources in some_entries().prop_shuffle(), targets in some_entries()) {
        let mut turned = sources.clone();
        turned.reverse();
        let mut rotated = targets.clone();
        rotated.rotate_left(1);
        prop_assert_eq!(key(&sources, &targets), key(&turned, &rotated));
    }

    #[test]
    fn keys_are_equal_exactly_when_the_parties_are(
        (s1, t1, s2, t2) in (some_entries(), some_entries(), some_entries(), some_entries()),
    ) {
        let are_same = plain(&s1) == plain(&s2) && plain(&t1) == plain(&t2);
        prop_assert_eq!(key(&s1, &t1) == key(&s2, &t2), are_same);
    }

    #[test]
    fn entries_do_not_slip_from_one_side_to_the_other(all in proptest::collection::vec(("[a-c]", "[a-c]"), 3..6)) {
        let all: Vec<Entry> = all.iter().map(|(attribute, value)| entry(attribute, value)).collect();
        let (one, two) = (all.split_at(1), all.split_at(2));
        let are_same = plain(one.0) == plain(two.0) && plain(one.1) == plain(two.1);
        prop_assert_eq!(key(one.0, one.1) == key(two.0, two.1), are_same);
    }
}
