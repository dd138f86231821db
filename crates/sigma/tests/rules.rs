//! What is read of a rule, what is refused and where, and what correlations remember.
#![expect(clippy::expect_used, reason = "a failure ends a test")]

use log_formats::{Context, Event, read, text};
use sigma::{Armed, Hit, Moment, Rule, Ruleset, try_out};
use time::macros::datetime;

const LINE: &str = "devid=FGT1 type=event subtype=vpn action=ssl-login-fail remip=203.0.113.9 user=ana";

const BURST: &str = "title: Burst
correlation:
    type: event_count
    rules: [failed]
    group-by: [source_ip]
    timespan: 1m
    condition: {gte: 3}
level: high
---
title: Failed
name: failed
logsource: {product: fortigate, service: event}
detection:
    selection: {action: ssl-login-fail}
    condition: selection
";

fn with_event<T>(line: &str, look: impl FnOnce(&Event<'_>) -> T) -> T {
    let context = Context { received_at: datetime!(2026-11-21 02:00:00 UTC), zone: None, format: None };
    let text = text(line.as_bytes());
    look(&read(&text, &context))
}

fn send(rules: &Ruleset, tenant: &str, times: &[i64]) -> Vec<Hit> {
    let one = |at: &i64| {
        with_event(LINE, |event| {
            rules.evaluate(event, Moment { tenant, id: &at.to_string(), at: *at }, |_| true)
        })
    };
    times.iter().flat_map(one).collect()
}

fn armed(rule: &Rule) -> Armed<'_> {
    Armed { key: "burst", rule, quiet_seconds: None, threshold: None }
}

#[test]
fn a_correlation_tells_once_with_its_events_and_never_mixes_tenants() {
    let rule = Rule::parse(BURST).expect("a rule");
    let rules = Ruleset::new(&[armed(&rule)], None);
    assert_eq!(send(&rules, "acme", &[10, 11]).len(), 0);
    assert_eq!(send(&rules, "umbrella", &[12]).len(), 0);
    let hits = send(&rules, "acme", &[13, 14, 15]);
    assert_eq!(hits.len(), 1);
    let correlated = hits[0].correlated.as_ref().expect("it is one");
    assert_eq!(correlated.group, [("source_ip".to_owned(), "203.0.113.9".to_owned())]);
    assert_eq!(correlated.events, ["10", "11", "13"]);
    assert_eq!((correlated.value, correlated.threshold), (3.0, Some(3)));
    // After its time it tells again.
    assert_eq!(send(&rules, "acme", &[100, 101, 102]).len(), 1);
}

#[test]
fn what_a_correlation_remembers_survives_a_restart_and_a_change_of_other_rules() {
    let rule = Rule::parse(BURST).expect("a rule");
    let before = Ruleset::new(&[armed(&rule)], None);
    send(&before, "acme", &[10, 11]);
    let after = Ruleset::new(&[armed(&rule)], None);
    after.restore(before.state(11));
    assert_eq!(send(&after, "acme", &[12]).len(), 1);
    let other = Rule::parse("title: T\nlogsource: {product: x}\ndetection: {a: {b: c}, condition: a}")
        .expect("a rule");
    let another = Armed { key: "other", rule: &other, quiet_seconds: None, threshold: None };
    let changed = Ruleset::new(&[another, armed(&rule)], Some(&before));
    assert_eq!(send(&changed, "acme", &[12]).len(), 1);
}

#[test]
fn a_threshold_of_the_installation_counts_instead_of_the_rules_own() {
    let rule = Rule::parse(BURST).expect("a rule");
    let rules = Ruleset::new(&[Armed { threshold: Some(2), ..armed(&rule) }], None);
    assert_eq!(send(&rules, "acme", &[10, 11]).len(), 1);
}

#[test]
fn a_text_of_several_documents_becomes_rules_and_a_bad_one_does_not_sink_its_neighbours() {
    let text = format!(
        "{BURST}---\ntitle: Alone\nlogsource: {{product: windows}}\ndetection:\n    a: {{EventID: 1}}\n    condition: a\n---\ntitle: Bad\nlogsource: {{product: windows}}\ndetection:\n    a:\n        b|wrong: c\n    condition: a\n"
    );
    let rules = Rule::parse_many(&text);
    let titles =
        rules.iter().map(|rule| rule.as_ref().map(|rule| rule.title.as_str()).map_err(|fault| fault.line));
    assert_eq!(titles.collect::<Vec<_>>(), [Ok("Burst"), Ok("Alone"), Err(27)]);
}

fn refused(yaml: &str, line: usize, feature: Option<&str>) {
    let fault = Rule::parse(yaml).expect_err("it is refused");
    assert_eq!(fault.line, line, "{fault}");
    match feature {
        Some(feature) => assert!(fault.unsupported.is_some_and(|told| told.contains(feature)), "{fault}"),
        None => assert_eq!(fault.unsupported, None, "{fault}"),
    }
}

#[test]
fn what_is_not_supported_is_refused_by_name_and_line() {
    let rule = |rest: &str| {
        format!("title: T\nlogsource:\n    product: windows\ndetection:\n    a:\n        EventID: 1\n{rest}")
    };
    refused(&rule("    timeframe: 5m\n    condition: a\n"), 7, Some("timeframe"));
    refused(&rule("    condition: a | count() by b > 3\n"), 7, Some("event_count"));
    refused(&rule("    condition: a and missing\n"), 7, None);
    refused("action: global\ntitle: T\n", 1, Some("action"));
    refused(
        "title: T\nlogsource:\n    product: windows\ndetection:\n    a:\n        b|expand: '%users%'\n    condition: a\n",
        6,
        Some("expand"),
    );
    refused(
        "title: T\nlogsource:\n    vendor: x\ndetection:\n    a:\n        b: c\n    condition: a\n",
        3,
        Some("log sources"),
    );
    refused("title: T\ndetection: [\n", 3, None);
    refused(BURST.split("---").next().unwrap_or_default(), 4, None);
}

#[test]
fn a_trial_says_what_held_and_what_did_not() {
    let rule = Rule::parse("title: T\nlogsource: {product: fortigate}\ndetection:\n    a:\n        action: ssl-login-fail\n        user: bob\n    condition: a\n").expect("a rule");
    let trial = with_event(LINE, |event| try_out(&rule, event));
    assert!(trial.is_for_source && !trial.is_match);
    let told =
        |field: &str| trial.steps.iter().find(|step| step.field.as_deref() == Some(field)).expect("told");
    assert!(told("action").is_match);
    assert_eq!(
        (told("user").reason.as_str(), told("user").value.as_deref()),
        ("value_mismatch", Some("ana"))
    );
}
