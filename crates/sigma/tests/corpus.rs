//! Sigma's own rules with the events that they were written for, where they are at hand: the directory that `CORPUS_DIR`
//! names. Every rule is read or named with what it wants; every event meets its rule as often as is stated.
#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "the numbers are for the reader; a failure ends a test"
)]

use std::fs;
use std::path::{Path, PathBuf};

use log_formats::{Context, read, text};
use sigma::{Armed, Moment, Rule, Ruleset};
use time::macros::datetime;

/// What meets its rule otherwise than is stated, and why.
const DIFFERENCES: &[(&str, &str)] = &[
    ("file_event_win_anydesk_artefact", "all three events of the sample write what the rule names"),
    ("registry_set_change_security_zones", "all three events of the sample set a zone that the rule names"),
    ("registry_set_disable_administrative_share", "both events of the sample set what the rule names"),
];

fn corpus() -> Option<PathBuf> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    #[expect(clippy::disallowed_methods, reason = "where samples lie is no setting of the program")]
    let Some(named) = std::env::var_os("CORPUS_DIR") else {
        println!("CORPUS_DIR names no corpus: skipped");
        return None;
    };
    let directory = workspace.join(named).join("ingest");
    if !directory.is_dir() {
        println!("no corpus at {}: skipped", directory.display());
        return None;
    }
    Some(directory)
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).expect("a set").map(|file| file.expect("a sample").path());
    let mut files: Vec<_> = entries.collect();
    files.sort();
    files
}

/// The events of a sample: JSON documents one after the other.
fn events(path: &Path) -> Vec<String> {
    let whole = fs::read_to_string(path).expect("events");
    let events = serde_json::Deserializer::from_str(&whole).into_iter::<serde_json::Value>();
    events.map(|event| event.expect("JSON").to_string()).collect()
}

fn hits(rule: &Rule, events: &[String]) -> usize {
    let set = Ruleset::new(&[Armed { key: "it", rule, quiet_seconds: None, threshold: None }], None);
    let context = Context { received_at: datetime!(2026-11-21 02:00:00 UTC), zone: None, format: None };
    let count = |line: &String| {
        let text = text(line.as_bytes());
        set.evaluate(&read(&text, &context), Moment { tenant: "t", id: "1", at: 0 }, |_| true).len()
    };
    events.iter().map(count).sum()
}

fn stated(info: &Path) -> Option<usize> {
    let info = fs::read_to_string(info).expect("what is stated");
    let line = info.lines().find(|line| line.trim_start().starts_with("match_count:"))?;
    line.split(':').nth(1)?.trim().parse().ok()
}

#[test]
fn every_event_meets_the_rule_that_it_was_written_for() {
    let Some(corpus) = corpus() else { return };
    let (mut rules, mut agree, mut without, mut wrong) = (0, 0, 0, Vec::new());
    for directory in files(&corpus.join("windows/sigma-regression")) {
        let name = directory.file_name().expect("a name").to_string_lossy().into_owned();
        let Ok(yaml) = fs::read_to_string(directory.join("rule.yml")) else { continue };
        rules += 1;
        let rule = match Rule::parse(&yaml) {
            Ok(rule) => rule,
            Err(fault) => {
                println!("{name}: {fault}");
                continue;
            }
        };
        let sample = directory.join("event.json");
        if !sample.is_file() {
            without += 1;
            println!("{name}: has no event");
            continue;
        }
        // Where nothing is stated the rule is to match at least once.
        let (found, expected) = (hits(&rule, &events(&sample)), stated(&directory.join("info.yml")));
        if expected.map_or(found > 0, |expected| found == expected) {
            agree += 1;
        } else {
            println!("{name}: {found} of {expected:?}");
            wrong.push(name);
        }
    }
    println!("sigma-regression: {rules} rules, {agree} meet their events as stated, {without} have none");
    wrong.retain(|name| !DIFFERENCES.iter().any(|(known, _)| known == name));
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn rules_for_fortigate_are_read() {
    let Some(corpus) = corpus() else { return };
    let mut faults = Vec::new();
    let files = files(&corpus.join("rules/sigma-fortigate"));
    for file in &files {
        if let Err(fault) = Rule::parse(&fs::read_to_string(file).expect("a rule")) {
            faults.push(format!("{}: {fault}", file.display()));
        }
    }
    println!("sigma-fortigate: {} rules, {} read", files.len(), files.len() - faults.len());
    assert!(faults.is_empty(), "{faults:?}");
}
