//! Real samples, where they are at hand: the directory that `CORPUS_DIR` names. The samples are nobody's to copy, so
//! only the plain facts about them stand here.
#![expect(clippy::print_stdout, reason = "the numbers are for the reader of the test's output")]

use std::fs;
use std::path::{Path, PathBuf};

use fortisiem::{Delivery, Limits, read};
use vocab::{Notification, Severity, SourceState};

fn corpus() -> Option<PathBuf> {
    // Cargo runs tests in the crate's directory; people write paths as seen from the workspace.
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    #[expect(clippy::disallowed_methods, reason = "where samples lie is no setting of the program")]
    let named = std::env::var_os("CORPUS_DIR");
    let Some(named) = named else {
        println!("CORPUS_DIR names no corpus: skipped");
        return None;
    };
    let directory = workspace.join(named).join("ingest/fortisiem");
    if !directory.is_dir() {
        println!("no corpus at {}: skipped", directory.display());
        return None;
    }
    Some(directory)
}

/// What has to be read from one incident.
struct Fact {
    file: &'static str,
    /// Which incident of the file.
    index: usize,
    rule: &'static str,
    incident_id: Option<&'static str>,
    source: Option<&'static str>,
    destination: Option<&'static str>,
    severity: Severity,
    organization: Option<&'static str>,
    techniques: &'static [&'static str],
    occurrences: u64,
    state: SourceState,
}

const NOTHING: Fact = Fact {
    file: "",
    index: 0,
    rule: "",
    incident_id: None,
    source: None,
    destination: None,
    severity: Severity::Medium,
    organization: None,
    techniques: &[],
    occurrences: 1,
    state: SourceState::Active,
};

const WEB: Fact = Fact {
    rule: "PH_RULE_INAPPROPRIATE_WEB_TRAFFIC",
    incident_id: Some("2068454"),
    source: Some("192.168.2.11"),
    occurrences: 224,
    ..NOTHING
};

const REST: &str = "json/f1-rest-pub-incident-list.json";
const SCAN: Fact = Fact {
    file: REST,
    rule: "PH_RULE_HEAVY_TCP_PORT_SCAN",
    source: Some("192.168.30.113"),
    organization: Some("Super"),
    techniques: &["T1046"],
    ..NOTHING
};

const FACTS: &[Fact] = &[
    Fact {
        file: "xml/a1-accelops-2012-cleared.xml",
        rule: "PH_RULE_AUTO_SRVC_DOWN",
        incident_id: Some("5672"),
        destination: Some("172.16.10.15"),
        severity: Severity::Critical,
        organization: Some("Super"),
        state: SourceState::Cleared,
        ..NOTHING
    },
    Fact {
        file: "xml/b1-fsm71-logon-failure.xml",
        rule: "PH_RULE_FAILED_LOGON_MULTIPLE_ACCOUNTS",
        severity: Severity::High,
        organization: Some("Super"),
        techniques: &["T1110.001"],
        ..NOTHING
    },
    Fact { file: "xml/e1-phRuleIncident-event.xml", ..WEB },
    Fact { file: "syslog/e1-cef-phRuleIncident.log", organization: Some("CUSTOMER-A"), ..WEB },
    Fact { file: "syslog/e1-cef-phRuleIncident.log", index: 1, organization: Some("CUSTOMER-A"), ..WEB },
    Fact {
        file: "syslog/e2-cef-handwritten.log",
        rule: "4013",
        source: Some("10.10.10.1"),
        destination: Some("172.16.0.1"),
        ..NOTHING
    },
    Fact {
        file: "json/f5-openapi-7.5.1-default-incident-example.json",
        rule: "PH_RULE_HIGH_SEV_SCANNER",
        incident_id: Some("22"),
        severity: Severity::High,
        organization: Some("Super"),
        techniques: &["T1499.004"],
        occurrences: 25,
        ..NOTHING
    },
    Fact {
        rule: "PH_RULE_EXCESS_DNS_QUERY",
        incident_id: Some("1"),
        source: Some("192.168.30.20"),
        techniques: &["T1568.001"],
        occurrences: 40_322,
        ..SCAN
    },
    Fact {
        index: 1,
        rule: "PH_RULE_EXCESS_DNS_QUERY",
        incident_id: Some("2"),
        source: Some("192.168.10.254"),
        techniques: &["T1568.001"],
        occurrences: 224,
        ..SCAN
    },
    Fact {
        index: 2,
        rule: "PH_RULE_HEAVY_UDP_PORT_SCAN",
        incident_id: Some("3"),
        destination: Some("192.168.91.225"),
        occurrences: 95,
        ..SCAN
    },
    Fact { index: 3, incident_id: Some("4"), destination: Some("192.168.91.225"), occurrences: 98, ..SCAN },
    Fact {
        index: 6,
        incident_id: Some("7"),
        source: Some("192.168.10.1"),
        destination: Some("192.168.10.254"),
        occurrences: 711,
        ..SCAN
    },
    Fact { index: 9, incident_id: Some("10"), destination: Some("192.168.91.57"), occurrences: 955, ..SCAN },
];

fn check(fact: &Fact, found: &Notification) {
    let place = format!("{}[{}]", fact.file, fact.index);
    let text = |ip: Option<std::net::IpAddr>| ip.map(|ip| ip.to_string());
    assert_eq!(found.rule_id, fact.rule, "{place}");
    assert_eq!(found.incident_id.as_deref(), fact.incident_id, "{place}");
    assert_eq!(text(found.source_ip).as_deref(), fact.source, "{place}");
    assert_eq!(text(found.destination_ip).as_deref(), fact.destination, "{place}");
    assert_eq!(found.severity, fact.severity, "{place}");
    assert_eq!(found.organization.as_deref(), fact.organization, "{place}");
    assert_eq!(found.techniques, fact.techniques, "{place}");
    assert_eq!(found.occurrences, fact.occurrences, "{place}");
    assert_eq!(found.state, fact.state, "{place}");
}

#[test]
fn every_real_incident_is_read_as_a_person_reads_it() {
    let Some(corpus) = corpus() else { return };
    for fact in FACTS {
        let body = fs::read(corpus.join(fact.file)).expect("a sample");
        let delivery =
            read(&body, &Limits::default()).unwrap_or_else(|error| panic!("{}: {error}", fact.file));
        let reading = delivery.elements.get(fact.index).map(|element| &element.reading);
        match reading {
            Some(Ok(found)) => check(fact, found),
            other => panic!("{}[{}]: {other:?}", fact.file, fact.index),
        }
    }
}

#[test]
fn answers_and_schemas_that_are_no_incidents_are_refused_by_name() {
    let Some(corpus) = corpus() else { return };
    for (file, code) in [
        ("xml/g1-eventquery-result.xml", "event_query"),
        ("xml/AONotification.xsd", "unknown_shape"),
        ("json/f4-openapi-7.5.1-incident.json", "unknown_shape"),
    ] {
        let body = fs::read(corpus.join(file)).expect("a sample");
        assert_eq!(
            read(&body, &Limits::default()).map_err(|error| error.code),
            Err::<Delivery, _>(code),
            "{file}"
        );
    }
}

#[test]
fn the_corpus_is_counted() {
    let Some(corpus) = corpus() else { return };
    for set in ["xml", "json", "syslog"] {
        let (mut incidents, mut refused, mut problems) = (0, 0, 0);
        let files = fs::read_dir(corpus.join(set)).expect("a set").map(|file| file.expect("a sample").path());
        for path in files {
            match read(&fs::read(&path).expect("a sample"), &Limits::default()) {
                Ok(delivery) => {
                    for element in delivery.elements {
                        match element.reading {
                            Ok(notification) => {
                                incidents += 1;
                                problems += notification.problems.len();
                            }
                            Err(error) => println!("{}: {error}", path.display()),
                        }
                    }
                }
                Err(error) => {
                    refused += 1;
                    println!("{}: {}: {error}", path.display(), error.code);
                }
            }
        }
        println!("{set}: {incidents} incidents with {problems} problems, {refused} files that hold none");
        assert!(incidents > 0, "{set}");
    }
}
