//! The arithmetic of urgency.
#![expect(clippy::expect_used, reason = "a failed expectation ends a test")]

use std::net::IpAddr;

use detection::urgency::{Criticality, Exposure, exposure, is_internal, is_public, urgency};
use vocab::{Severity, Urgency};

const NOWHERE: Exposure =
    Exposure { is_internet_facing: false, source_is_public: false, destination_is_internal: false };

fn address(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

fn exposures() -> impl Iterator<Item = Exposure> {
    (0..8).map(|bits| Exposure {
        is_internet_facing: bits & 1 > 0,
        source_is_public: bits & 2 > 0,
        destination_is_internal: bits & 4 > 0,
    })
}

#[test]
fn severity_alone_gives_the_level_of_its_own_name() {
    for (severity, level) in Severity::ALL.into_iter().zip(Urgency::ALL) {
        let work = urgency(severity, None, NOWHERE);
        assert_eq!(work.urgency, level, "{severity}");
        assert_eq!(work.terms.len(), 2);
    }
}

#[test]
fn the_terms_are_the_score() {
    for severity in Severity::ALL {
        for criticality in [None].into_iter().chain(Criticality::ALL.iter().copied().map(Some)) {
            for exposure in exposures() {
                let work = urgency(severity, criticality, exposure);
                let sum: i16 = work.terms.iter().map(|term| term.points).sum();
                assert_eq!(work.score, sum.clamp(0, 100), "{work:?}");
            }
        }
    }
}

#[test]
fn the_arithmetic_is_shown() {
    let everything =
        Exposure { is_internet_facing: true, source_is_public: true, destination_is_internal: true };
    let work = urgency(Severity::High, Some(Criticality::Critical), everything);
    assert_eq!((work.score, work.urgency), (90, Urgency::Critical));
    let lines: Vec<_> =
        work.terms.iter().map(|term| (term.factor.as_str(), term.value.as_str(), term.points)).collect();
    assert_eq!(
        lines,
        [
            ("severity", "high", 65),
            ("asset_criticality", "critical", 15),
            ("exposure", "public_source_to_internal_target", 5),
            ("exposure", "internet_facing_asset", 5),
        ]
    );
    assert_eq!(urgency(Severity::Critical, Some(Criticality::Critical), everything).score, 100);
    assert_eq!(urgency(Severity::Informational, Some(Criticality::Low), NOWHERE).score, 0);
}

#[test]
fn a_higher_severity_criticality_or_exposure_never_lowers_urgency() {
    let score = |severity, criticality, exposure| {
        let work = urgency(severity, criticality, exposure);
        (work.score, work.urgency)
    };
    for exposure in exposures() {
        for pair in Severity::ALL.windows(2) {
            for criticality in [None].into_iter().chain(Criticality::ALL.iter().copied().map(Some)) {
                assert!(score(pair[0], criticality, exposure) < score(pair[1], criticality, exposure));
            }
        }
        for pair in Criticality::ALL.windows(2) {
            for severity in Severity::ALL {
                assert!(score(severity, Some(pair[0]), exposure) <= score(severity, Some(pair[1]), exposure));
            }
        }
        for severity in Severity::ALL {
            assert!(score(severity, None, NOWHERE) <= score(severity, None, exposure));
        }
    }
}

#[test]
fn every_address_range_is_public_internal_or_neither() {
    for internal in [
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "169.254.1.1",
        "0.0.0.0",
        "fc00::1",
        "fdff::1",
        "fe80::1",
        "febf::1",
        "fec0::1",
        "::1",
        "::",
        "::ffff:10.0.0.1",
    ] {
        assert!(is_internal(address(internal)) && !is_public(address(internal)), "{internal}");
    }
    for public in [
        "8.8.8.8",
        "172.15.255.255",
        "172.32.0.1",
        "100.63.255.255",
        "100.128.0.1",
        "192.169.0.1",
        "192.0.2.1",
        "198.51.100.1",
        "203.0.113.1",
        "2001:db8::1",
        "2606:4700::1",
        "::ffff:8.8.8.8",
        "fbff::1",
    ] {
        assert!(is_public(address(public)) && !is_internal(address(public)), "{public}");
    }
    for neither in ["224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "ff02::1"] {
        assert!(!is_public(address(neither)) && !is_internal(address(neither)), "{neither}");
    }
}

#[test]
fn exposure_follows_from_the_addresses() {
    let from = |source: Option<&str>, target: Option<&str>| {
        exposure(source.map(address), target.map(address), false)
    };
    let attack = from(Some("203.0.113.9"), Some("10.0.0.1"));
    assert!(attack.source_is_public && attack.destination_is_internal && !attack.is_internet_facing);
    assert_eq!(from(None, None), NOWHERE);
    assert_eq!(from(Some("10.0.0.1"), Some("203.0.113.9")), NOWHERE);
}
