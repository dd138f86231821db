use std::net::IpAddr;

use detection::urgency::Criticality;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use proptest::prelude::*;
use vocab::{AssetId, OrganizationId};

use super::{Entry, Inventory};
use crate::AssetCard;
use crate::model::AssetState;

fn entry(name: &str, addresses: &[&str], hostnames: &[&str]) -> Entry {
    let card = AssetCard {
        id: AssetId::new(),
        name: name.to_owned(),
        criticality: Criticality::High,
        state: AssetState::Active,
        is_internet_facing: false,
        owner: None,
        department: None,
    };
    Entry {
        card,
        addresses: addresses.iter().filter_map(|text| text.parse().ok()).collect(),
        hostnames: hostnames.iter().map(|text| (*text).to_owned()).collect(),
    }
}

fn inventory(entries: Vec<Entry>) -> (Inventory, OrganizationId) {
    let (inventory, organization) = (Inventory::default(), OrganizationId::new());
    inventory.install(organization, 1, entries);
    (inventory, organization)
}

#[test]
fn the_longest_prefix_wins_and_a_host_is_the_longest_of_all() {
    let (inventory, organization) = inventory(vec![
        entry("the company", &["10.0.0.0/8"], &[]),
        entry("the data centre", &["10.1.0.0/16"], &[]),
        entry("the mail server", &["10.1.2.3/32"], &[]),
        entry("the laboratory", &["2001:db8::/32"], &[]),
        entry("the printer", &["2001:db8::9/128"], &[]),
    ]);
    let check = |address: &str, expected: Option<&str>| {
        let found = address.parse().ok().and_then(|address: IpAddr| inventory.find(organization, address));
        assert_eq!(found.as_ref().map(|card| card.name.as_str()), expected, "{address}");
    };
    check("10.9.9.9", Some("the company"));
    check("10.1.9.9", Some("the data centre"));
    check("10.1.2.3", Some("the mail server"));
    check("::ffff:10.1.2.3", Some("the mail server"));
    check("2001:db8::1", Some("the laboratory"));
    check("2001:db8::9", Some("the printer"));
    check("192.0.2.1", None);
    check("2001:db9::1", None);
}

#[test]
fn another_organization_finds_nothing() -> Result<(), std::net::AddrParseError> {
    let (inventory, organization) = inventory(vec![entry("a", &["10.0.0.5/32"], &["web01"])]);
    let address = "10.0.0.5".parse()?;
    assert!(inventory.find(organization, address).is_some());
    assert!(inventory.find(OrganizationId::new(), address).is_none());
    assert!(inventory.find_by_hostname(OrganizationId::new(), "web01").is_none());
    Ok(())
}

#[test]
fn hostnames_are_found_in_any_case_and_by_their_first_label_only_when_one_asset_has_it() {
    let (inventory, organization) = inventory(vec![
        entry("web", &[], &["web01.example.org", "web01.example.net"]),
        entry("mail, here", &[], &["mail.example.org"]),
        entry("mail, there", &[], &["mail.example.net"]),
        entry("base", &[], &["db01"]),
        entry("base, elsewhere", &[], &["db01.example.net"]),
        entry("twin", &[], &["twin"]),
        entry("other twin", &[], &["twin"]),
    ]);
    let check = |hostname: &str, expected: Option<&str>| {
        let found = inventory.find_by_hostname(organization, hostname);
        assert_eq!(found.as_ref().map(|card| card.name.as_str()), expected, "{hostname}");
    };
    check("WEB01.Example.ORG.", Some("web"));
    check("Web01", Some("web"));
    check("mail", None);
    check("mail.example.net", Some("mail, there"));
    check("DB01", Some("base"));
    check("twin", None);
    // A foreign domain does not borrow the name of ours.
    check("db01.attacker.test", None);
    check("", None);
}

#[test]
fn a_table_never_goes_back_to_an_older_revision() -> Result<(), std::net::AddrParseError> {
    let (inventory, organization) = inventory(vec![]);
    let address = "10.0.0.5".parse()?;
    inventory.install(organization, 3, vec![entry("new", &["10.0.0.5/32"], &[])]);
    inventory.install(organization, 2, vec![entry("old", &["10.0.0.5/32"], &[])]);
    let found = inventory.find(organization, address);
    assert_eq!(found.as_ref().map(|card| card.name.as_str()), Some("new"));
    Ok(())
}

/// Networks close together, so that they lie inside each other often.
fn network() -> impl Strategy<Value = IpNet> {
    let v4 = (any::<u16>(), 8u8..=32).prop_filter_map("v4", |(low, length)| {
        let host = std::net::Ipv4Addr::from(0x0a00_0000 | u32::from(low));
        Ipv4Net::new(host, length).ok().map(|net| IpNet::V4(net.trunc()))
    });
    let v6 = (any::<u8>(), 16u8..=128).prop_filter_map("v6", |(low, length)| {
        let host = std::net::Ipv6Addr::from(0x2001_0db8_u128 << 96 | u128::from(low));
        Ipv6Net::new(host, length).ok().map(|net| IpNet::V6(net.trunc()))
    });
    prop_oneof![v4, v6]
}

fn host() -> impl Strategy<Value = IpAddr> {
    prop_oneof![
        any::<u16>().prop_map(|low| IpAddr::from(std::net::Ipv4Addr::from(0x0a00_0000 | u32::from(low)))),
        any::<u8>()
            .prop_map(|low| IpAddr::from(std::net::Ipv6Addr::from(0x2001_0db8_u128 << 96 | u128::from(low)))),
    ]
}

proptest! {
    #[test]
    fn the_trie_finds_what_a_scan_of_all_prefixes_finds(
        networks in prop::collection::hash_set(network(), 0..60),
        hosts in prop::collection::vec(host(), 1..60),
    ) {
        let networks = networks.into_iter().collect::<Vec<_>>();
        let entries = networks.iter().map(|net| entry(&net.to_string(), &[&net.to_string()], &[])).collect();
        let (inventory, organization) = inventory(entries);
        for host in hosts {
            let scanned = networks.iter().filter(|net| net.contains(&host)).max_by_key(|net| net.prefix_len());
            let found = inventory.find_with_prefix(organization, host);
            prop_assert_eq!(found.as_ref().map(|(prefix, _)| prefix), scanned);
            prop_assert_eq!(found.map(|(_, card)| card.name.clone()), scanned.map(ToString::to_string));
        }
    }
}
