//! Real samples, where they are at hand: the directory that `CORPUS_DIR` names. What other programs' tests expect and this
//! reads otherwise stands in [`DIFFERENCES`] with the reason.
#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "the numbers are for the reader; a failed expectation ends a test"
)]

mod differences;

use std::fs;
use std::path::{Path, PathBuf};

use log_formats::{Context, Event, Format, ocsf, read, text};
use serde_json::Value;
use syslog::{Arrival, parse, undo_relay_escapes};
use time::format_description::well_known::Rfc3339;
use time::macros::datetime;
use time::{OffsetDateTime, UtcOffset};

use differences::DIFFERENCES;

fn corpus() -> Option<PathBuf> {
    // Cargo runs tests in the crate's directory; people write paths as seen from the workspace.
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    #[expect(clippy::disallowed_methods, reason = "where samples lie is no setting of the program")]
    let named = std::env::var_os("CORPUS_DIR");
    let Some(named) = named else {
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

fn rows(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).expect("a set");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).expect("a set").map(|file| file.expect("a sample").path());
    let mut files: Vec<_> = entries.collect();
    files.sort();
    files
}

const RECEIVED: OffsetDateTime = datetime!(2026-11-21 02:00:00 UTC);

/// Reads a message as the listener will: header, relay's escapes, text, format.
fn check(message: &[u8], look: impl FnOnce(&Event<'_>)) {
    let message = parse(message, &Arrival { received_at: RECEIVED, zone: UtcOffset::UTC });
    let body = undo_relay_escapes(message.body);
    let text = text(&body);
    let event = read(&text, &Context { received_at: RECEIVED, zone: None, format: None });
    let json: Value = serde_json::from_str(&ocsf(&event)).expect("OCSF is JSON");
    assert_eq!(
        json["type_uid"],
        json["class_uid"].as_u64().expect("a class") * 100
            + json["activity_id"].as_u64().expect("an activity")
    );
    look(&event);
}

/// What agrees, and what does not for no reason that is written down.
#[derive(Default)]
struct Count {
    inputs: usize,
    parsed: usize,
    agree: usize,
    known: usize,
    unknown: Vec<String>,
}

impl Count {
    fn input(&mut self, name: &str, event: &Event<'_>) {
        self.inputs += 1;
        if event.format != Format::Unparsed {
            self.parsed += 1;
        } else if DIFFERENCES.iter().any(|(sample, part, _)| name.starts_with(sample) && *part == "format") {
            self.known += 1;
        } else {
            self.unknown.push(format!("{name}: unparsed, {:?}", event.unparsed));
        }
    }

    fn compare(&mut self, name: &str, what: &str, found: Option<&str>, expected: Option<&str>) {
        if found == expected {
            self.agree += 1;
        } else if DIFFERENCES.iter().any(|(sample, part, _)| name.starts_with(sample) && *part == what) {
            self.known += 1;
        } else {
            self.unknown.push(format!("{name}: {what} is {found:?}, expected {expected:?}"));
        }
    }

    fn finish(self, set: &str) {
        let Count { inputs, parsed, agree, known, unknown } = self;
        let fields = agree + known + unknown.len();
        let share = |part: usize, of: usize| 100.0 * part as f64 / of.max(1) as f64;
        println!(
            "{set}: {parsed} of {inputs} inputs parse ({:.1} %); {agree} of {fields} expected fields agree ({:.1} %), {known} \
             differ for a known reason",
            share(parsed, inputs),
            share(agree, fields)
        );
        assert!(unknown.is_empty(), "{set}: {unknown:#?}");
        assert!(inputs > 0, "{set}");
    }
}

fn address(ip: Option<std::net::IpAddr>) -> Option<String> {
    ip.map(|ip| ip.to_string())
}

/// To the microsecond, as the other programs keep it.
fn moment(at: Option<OffsetDateTime>) -> Option<String> {
    at.map(|at| (at.unix_timestamp_nanos().div_euclid(1_000_000)).to_string())
}

fn expected_moment(text: &str) -> Option<String> {
    moment(OffsetDateTime::parse(text, &Rfc3339).ok())
}

/// Compares the flat columns of a set that names them as the flat expectations do.
fn compare(count: &mut Count, name: &str, event: &Event<'_>, expected: &Value) {
    for (part, value) in expected.as_object().into_iter().flatten() {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let mut same = |found: Option<&str>| count.compare(name, part, found, Some(&value));
        match part.as_str() {
            "source_ip" => same(address(event.source_ip).as_deref()),
            "destination_ip" => same(address(event.destination_ip).as_deref()),
            "source_port" => same(event.source_port.map(|port| port.to_string()).as_deref()),
            "destination_port" => same(event.destination_port.map(|port| port.to_string()).as_deref()),
            "event_code" => same(event.event_code.as_deref()),
            "action" => same(event.action.as_deref()),
            "devname" | "provider_device" => same(event.device.as_deref()),
            "host" => same(event.host.as_deref()),
            "provider" => same(event.product.as_deref()),
            "outcome" => same(event.action.as_deref()),
            "attack_name" => same(event.rule_name.as_deref()),
            "level" => same(event.get("level").or(event.get("pri"))),
            "severity_field" => same(event.get("severity")),
            "timestamp" | "event_time_utc" => {
                count.compare(name, part, moment(event.time).as_deref(), expected_moment(&value).as_deref());
            }
            // Who it is about; the other one is the actor.
            "target_user" if value != "-" => same(event.user.as_deref()),
            "user" if !expected.get("target_user").is_some_and(|user| user != "-") => {
                same(event.user.as_deref())
            }
            _ => {}
        }
    }
}

#[test]
fn fortigate_samples_of_our_own_are_read_as_written() {
    let Some(corpus) = corpus() else { return };
    let mut count = Count::default();
    for row in rows(&corpus.join("fortigate/authored-edge-cases.jsonl")) {
        let name = row["id"].as_str().expect("an id");
        check(row["input"].as_str().expect("an input").as_bytes(), |event| {
            count.input(name, event);
            for (part, value) in row["expect"].as_object().expect("fields") {
                let value = value.as_str();
                match part.as_str() {
                    "event_time_utc" => compare(&mut count, name, event, &row["expect"]),
                    "srcip" => count.compare(name, part, address(event.source_ip).as_deref(), value),
                    "dstip" => count.compare(name, part, address(event.destination_ip).as_deref(), value),
                    "logid" => count.compare(name, part, event.event_code.as_deref(), value),
                    "level" => count.compare(name, part, event.get("level").or(event.get("pri")), value),
                    "type_subtype" => {
                        let kind =
                            event.get("type").zip(event.get("subtype")).map(|(a, b)| format!("{a}:{b}"));
                        count.compare(name, part, kind.as_deref(), value);
                    }
                    _ => count.compare(name, part, event.get(part), value),
                }
            }
        });
    }
    count.finish("FortiGate, authored");
}

#[test]
fn fortigate_samples_agree_with_another_product() {
    let Some(corpus) = corpus() else { return };
    let mut count = Count::default();
    for row in rows(&corpus.join("fortigate/sekoia-min-expected.jsonl")) {
        let name = row["file"].as_str().expect("a name");
        check(row["input"].as_str().expect("an input").as_bytes(), |event| {
            count.input(name, event);
            compare(&mut count, name, event, &row["expect"]);
        });
    }
    count.finish("FortiGate, Sekoia");
}

#[test]
fn fortigate_lines_become_the_classes_another_program_gives_them() {
    let Some(corpus) = corpus() else { return };
    let expected =
        fs::read_to_string(corpus.join("fortigate/tenzir-kv/expected-ocsf-1.8.tql.txt")).expect("OCSF");
    let mut count = Count::default();
    for object in expected.split("\n}\n") {
        let member = |name: &str| {
            let begin = format!("  {name}: ");
            object.lines().find_map(|line| line.strip_prefix(&begin)).map(|value| value.trim_end_matches(','))
        };
        let Some(raw) = member("raw_data").map(|raw| serde_json::from_str::<String>(raw).expect("a string"))
        else {
            continue;
        };
        let line = &raw[..raw.len().min(60)];
        check(raw.as_bytes(), |event| {
            count.input(line, event);
            let json: Value = serde_json::from_str(&ocsf(event)).expect("OCSF");
            count.compare(line, "class_uid", Some(&json["class_uid"].to_string()), member("class_uid"));
            let time = member("time").and_then(expected_moment);
            count.compare(line, "time", moment(event.time).as_deref(), time.as_deref());
        });
    }
    count.finish("FortiGate, Tenzir");
}

#[test]
fn every_other_line_of_fortinet_is_read() {
    let Some(corpus) = corpus() else { return };
    let mut count = Count::default();
    for row in rows(&corpus.join("fortigate/wazuh-tests.jsonl")) {
        for log in row["logs"].as_array().expect("logs") {
            let line = log["log"].as_str().expect("a line");
            check(line.as_bytes(), |event| count.input(line, event));
        }
    }
    for file in ["fortigate/sc4s/comment-samples.log", "fortigate/elastic/test-fortinet-7-6.excerpt.log"] {
        let lines = fs::read_to_string(corpus.join(file)).expect("lines");
        for line in lines.lines().filter(|line| line.contains("devid=")) {
            check(line.as_bytes(), |event| count.input(line, event));
        }
    }
    count.finish("Fortinet, Wazuh, SC4S, Elastic");
}

#[test]
fn windows_samples_agree_with_another_product() {
    let Some(corpus) = corpus() else { return };
    let mut count = Count::default();
    for row in rows(&corpus.join("windows/sekoia-min-expected.jsonl")) {
        let name = row["file"].as_str().expect("a name");
        check(row["input"].as_str().expect("an input").as_bytes(), |event| {
            // A localised message alone, without header, number or time, is no format.
            if name.starts_with("loginsight") {
                assert_eq!(event.format, Format::Unparsed);
                return;
            }
            count.input(name, event);
            compare(&mut count, name, event, &row["expect"]);
        });
    }
    count.finish("Windows, Sekoia");
}

#[test]
fn windows_events_in_xml_become_the_classes_another_program_gives_them() {
    let Some(corpus) = corpus() else { return };
    let mut count = Count::default();
    for path in files(&corpus.join("windows/eventxml-tenzir/inputs")) {
        let stem = path.file_stem().and_then(|stem| stem.to_str()).expect("a name").to_owned();
        let expected = corpus.join(format!("windows/eventxml-tenzir/expected-ocsf/{stem}.txt"));
        let expected = fs::read_to_string(expected).expect("OCSF");
        let member = |name: &str| {
            let begin = format!("{name}: ");
            let found = expected.lines().find_map(|line| line.trim_start().strip_prefix(&begin));
            found.map(|value| value.trim_end_matches(',').trim_matches('"').to_owned())
        };
        check(&fs::read(&path).expect("a sample"), |event| {
            count.input(&stem, event);
            let json: Value = serde_json::from_str(&ocsf(event)).expect("OCSF");
            count.compare(&stem, "event_code", event.event_code.as_deref(), member("event_code").as_deref());
            let class = json["class_uid"].to_string();
            count.compare(&stem, "class_uid", Some(&class), member("class_uid").as_deref());
            let kind = json["type_uid"].to_string();
            count.compare(&stem, "type_uid", Some(&kind), member("type_uid").as_deref());
            let time = member("time").and_then(|time| expected_moment(&time));
            count.compare(&stem, "time", moment(event.time).as_deref(), time.as_deref());
        });
    }
    count.finish("Windows XML, Tenzir");
}

#[test]
fn every_other_windows_event_is_read() {
    let Some(corpus) = corpus() else { return };
    let windows = corpus.join("windows");
    let mut count = Count::default();
    let mut whole = |name: &str, bytes: &[u8]| {
        check(bytes, |event| {
            count.input(name, event);
            if event.format == Format::Unparsed {
                return;
            }
            let has_code = event.event_code.is_some() && event.host.is_some() && event.time.is_some();
            let has_code = has_code || event.format == Format::Snare && event.event_code.is_some();
            count.compare(
                name,
                "code, host and time",
                Some(if has_code { "all" } else { "not all" }),
                Some("all"),
            );
        });
    };
    for row in rows(&windows.join("wazuh-tests.jsonl")) {
        for log in row["logs"].as_array().expect("logs") {
            let line = log["log"].as_str().expect("a line");
            whole(&line[..line.len().min(120)], line.as_bytes());
        }
    }
    for path in files(&windows.join("snare-rsyslog")).iter().chain(&files(&windows.join("otrf-json"))) {
        for (number, line) in String::from_utf8_lossy(&fs::read(path).expect("lines")).lines().enumerate() {
            whole(&format!("{} {number}", path.display()), line.as_bytes());
        }
    }
    for directory in files(&windows.join("sigma-regression")) {
        if let Ok(bytes) = fs::read(directory.join("event.json")) {
            whole(&directory.display().to_string(), &bytes);
        }
    }
    count.finish("Windows, Wazuh, Snare, OTRF, Sigma");
}

#[test]
fn cef_and_leef_samples_agree_with_another_product() {
    let Some(corpus) = corpus() else { return };
    let mut count = Count::default();
    for path in files(&corpus.join("cef-leef/sekoia-cef")) {
        let name = path.file_name().and_then(|name| name.to_str()).expect("a name").to_owned();
        let row: Value = serde_json::from_slice(&fs::read(&path).expect("a sample")).expect("JSON");
        let (expected, line) = (&row["expected"], row["input"]["message"].as_str().expect("a line"));
        check(line.as_bytes(), |event| {
            count.input(&name, event);
            let mut same = |what: &str, found: Option<String>, expected: &Value| {
                let expected = expected.as_str().map_or_else(|| expected.to_string(), str::to_owned);
                if expected != "null" {
                    count.compare(&name, what, found.as_deref(), Some(&expected));
                }
            };
            same("source.ip", address(event.source_ip), &expected["source"]["ip"]);
            same("destination.ip", address(event.destination_ip), &expected["destination"]["ip"]);
            same("source.port", event.source_port.map(|port| port.to_string()), &expected["source"]["port"]);
            same(
                "destination.port",
                event.destination_port.map(|p| p.to_string()),
                &expected["destination"]["port"],
            );
            same("vendor", event.vendor.as_deref().map(str::to_owned), &expected["observer"]["vendor"]);
            same("action", event.action.as_deref().map(str::to_owned), &expected["event"]["action"]);
            if let Some(time) = expected["@timestamp"].as_str() {
                count.compare(&name, "time", moment(event.time).as_deref(), expected_moment(time).as_deref());
            }
        });
    }
    for file in ["sc4s-cef.log", "sc4s-leef.log"] {
        for line in fs::read_to_string(corpus.join("cef-leef").join(file)).expect("lines").lines() {
            check(line.as_bytes(), |event| {
                count.input(line, event);
                let format = if file.contains("leef") { Format::Leef } else { Format::Cef };
                assert_eq!(event.format, format, "{line}");
                if file.contains("leef") {
                    let has_addresses = event.source_ip.is_some() && event.destination_ip.is_some();
                    count.compare(
                        line,
                        "addresses",
                        Some(if has_addresses { "both" } else { "no" }),
                        Some("both"),
                    );
                }
            });
        }
    }
    count.finish("CEF and LEEF");
}

#[test]
fn incidents_of_fortisiem_are_recognised() {
    let Some(corpus) = corpus() else { return };
    for file in [
        "xml/a1-accelops-2012-cleared.xml",
        "xml/b1-fsm71-logon-failure.xml",
        "xml/e1-phRuleIncident-event.xml",
    ] {
        check(&fs::read(corpus.join("fortisiem").join(file)).expect("a sample"), |event| {
            assert_eq!(event.format, Format::Fortisiem, "{file}");
        });
    }
    let lines = fs::read_to_string(corpus.join("fortisiem/syslog/e1-cef-phRuleIncident.log")).expect("lines");
    for line in lines.lines() {
        check(line.as_bytes(), |event| assert_eq!(event.format, Format::Fortisiem, "{line}"));
    }
}
