//! What the engine makes of a stream.

use rules::Engine;
use vocab::Severity;

use crate::lines::{IPS, Stream};

#[test]
fn an_event_that_meets_a_rule_fires_once_and_says_between_whom() {
    let engine = Engine::default();
    let firings = Stream::new().send(&engine, &[IPS, IPS]);
    let [firing] = firings.as_slice() else { panic!("the second is kept back: {firings:?}") };
    assert_eq!(firing.event, 0);
    let notification = &firing.notification;
    assert_eq!(notification.rule_id, firing.rule.to_string());
    assert_eq!(notification.severity, Severity::High);
    assert_eq!(notification.source_ip.map(|ip| ip.to_string()).as_deref(), Some("203.0.113.9"));
    assert_eq!(notification.destination_ip.map(|ip| ip.to_string()).as_deref(), Some("192.0.2.20"));
    assert!(notification.title.contains("Log4j"), "{}", notification.title);
    assert_eq!(notification.techniques, ["T1190"]);
    assert_eq!(notification.tactics, ["Initial Access"]);
    assert_eq!(firing.why["matched"][0]["field"], "subtype");
}

#[test]
fn the_same_event_after_a_replay_has_the_same_delivery_key() {
    let mut stream = Stream::new();
    let mut replay = stream.again();
    let before = stream.send(&Engine::default(), &[IPS]);
    let after = replay.send(&Engine::default(), &[IPS]);
    assert_eq!(before[0].delivery_key, after[0].delivery_key);
}
