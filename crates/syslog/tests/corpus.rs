//! Real samples, where they are at hand: the directory that `CORPUS_DIR` names. Other programs' tests tell what they read
//! from a line; where this reads it otherwise, the line stands in [`DIFFERENCES`] with the reason.
#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "the numbers are for the reader; a failed expectation ends a test"
)]

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;
use syslog::{Arrival, Framer, Header, Message, parse};
use time::format_description::well_known::Rfc3339;
use time::macros::datetime;
use time::{OffsetDateTime, UtcOffset};

/// Lines of which a part is read otherwise than expected: how the line begins, and why.
const DIFFERENCES: &[(&str, &str)] = &[
    // RFC 3164, 4.1.3 lets a space end the TAG too, but 4.3.3 and what devices send leave no way to tell a tag from the
    // first word of a text: only `tag:` and `tag[id]` are tags here, so that no text loses a word.
    ("<46>Jan 5 10:01:00 Übergröße außerplanmäßig", "a word before a space is no tag"),
    ("<167>AUG 10 22:18:24 host tag This", "a word before a space is no tag"),
    ("<167>Oct  8 23:05:06 10.321.1.123 05", "a word before a space is no tag"),
    ("<167>Feb 18 16:01:59 serverX -- MARK --", "a word before a space is no tag"),
    ("Feb 18 16:01:59 serverX -- MARK --", "a word before a space is no tag"),
    ("<14>Aug 30 23:00:05 X4711 AAAA", "a word before a space is no tag"),
    ("<14>2010-08-30T23:00:05Z X4711 AAAA", "a word before a space is no tag"),
    ("<175>Oct 16 2009 23:47:31 hostname tag This", "a word before a space is no tag"),
    ("<6>AUG 10 22:18:24 host tag This", "a word before a space is no tag"),
    ("some message", "a word before a space is no tag"),
    // RFC 3164, 4.3.3: without a time in its place all is content, and the relay puts its own time and host before it.
    ("This is a message!", "without a time no word is a host"),
    ("windowsserver\tMSWinEventLog", "without a time no word is a host or a tag"),
    // 4.1.2 has no year there, but Cisco and Linksys write one; syslog-ng takes it so too.
    ("<6>AUG 10 22:18:24 2009  netips-warden2-p", "a year behind the time is the year"),
    // syslog-ng's tests for a configuration that expects no host, or knows it for a bad one.
    ("<7>2006-10-29T02:00:00.156+01:00 bzorp openvpn[2499]", "the host is a host"),
    ("<7>2006-10-29T02:00:00.156+01:00 ctld snmpd[2499]", "the host is a host"),
    ("<7> Aug 29 02:00:00.156 ctld snmpd[2499]", "the host is a host"),
    ("<7> Aug 29 02:00:00 ctld snmpd[2499]", "the host is a host"),
    // syslog-ng writes a message of its own about the broken line; this keeps the line.
    (
        "<7>1 2006-10-29T01:59:59.156Z mymachine.example.com evntslog - ID47 [ exampleSDID@0",
        "the line itself is kept",
    ),
    (
        "<132>1 2006-10-29T01:59:59.156+01:00 mymachine evntslog - - [aaaaaaaa",
        "long names are kept with a problem",
    ),
    ("<132>1 2006-10-29T01:59:59.156+01:00 aaaaaaaa", "long names are kept with a problem"),
    (
        "<132>1 2006-10-29T01:59:59.156+01:00 mymachine evntslog - aaaaaaaa",
        "long names are kept whole with a problem",
    ),
    ("<132>1 2006-10-29T01:59:59.156+01:00 mymachine evntslog - - [a i=\"]ok\"]", "the line itself is kept"),
    ("<132>1 2006-10-29T01:59:59.156+01:00 mymachine evntslog - - [a i=\"\"ok\"]", "the line itself is kept"),
];

fn corpus() -> Option<PathBuf> {
    // Cargo runs tests in the crate's directory; people write paths as seen from the workspace.
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    #[expect(clippy::disallowed_methods, reason = "where samples lie is no setting of the program")]
    let named = std::env::var_os("CORPUS_DIR");
    let Some(named) = named else {
        println!("CORPUS_DIR names no corpus: skipped");
        return None;
    };
    let directory = workspace.join(named).join("ingest/syslog");
    if !directory.is_dir() {
        println!("no corpus at {}: skipped", directory.display());
        return None;
    }
    Some(directory)
}

fn rows(corpus: &Path, file: &str) -> Vec<Value> {
    let text = fs::read_to_string(corpus.join(file)).expect("a set");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// What agrees, and what does not for no reason that is written down.
#[derive(Default)]
struct Count {
    agree: usize,
    known: usize,
    unknown: Vec<String>,
}

impl Count {
    fn compare(&mut self, line: &str, what: &str, found: Option<&str>, expected: Option<&str>) {
        if found.unwrap_or_default() == expected.unwrap_or_default() {
            self.agree += 1;
        } else if DIFFERENCES.iter().any(|(begin, _)| line.starts_with(begin)) {
            self.known += 1;
        } else {
            self.unknown.push(format!("{line:?}: {what} is {found:?}, expected {expected:?}"));
        }
    }

    fn finish(self, set: &str) {
        let Count { agree, known, unknown } = self;
        println!("{set}: {agree} parts agree, {known} differ for a known reason, {} for none", unknown.len());
        assert!(unknown.is_empty(), "{set}: {unknown:#?}");
        assert!(agree > 0, "{set}");
    }
}

fn arrival(received: Option<&Value>) -> Arrival {
    let given = received.and_then(Value::as_str);
    let received_at = given.map_or(datetime!(2026-11-21 02:00:00 UTC), |text| {
        OffsetDateTime::parse(text, &Rfc3339).expect("a time")
    });
    Arrival { received_at, zone: UtcOffset::UTC }
}

fn body<'a>(message: &Message<'a>) -> Option<&'a str> {
    std::str::from_utf8(message.body).ok()
}

#[test]
fn headers_are_read_as_the_rfcs_say() {
    let Some(corpus) = corpus() else { return };
    let mut count = Count::default();
    for row in rows(&corpus, "authored-headers.jsonl") {
        let bytes = match row["input_b64"].as_str() {
            Some(text) => BASE64_STANDARD.decode(text).expect("base64"),
            None => row["input"].as_str().expect("an input").as_bytes().to_vec(),
        };
        let line = String::from_utf8_lossy(&bytes).into_owned();
        let message = parse(&bytes, &arrival(row.get("received")));
        if row["ok"] == false {
            let is_kept = message.header != Header::Rfc5424 && !message.problems.is_empty();
            count.compare(&line, "kept", Some(if is_kept { "so" } else { "no" }), Some("so"));
        }
        let time = message.time.map(|time| time.at);
        for (name, expected) in row["expect"].as_object().into_iter().flatten() {
            let expected_text = expected.as_str();
            match name.as_str() {
                "facility" | "severity" => {
                    let priority = message.priority;
                    let found = if name == "facility" { priority.facility() } else { priority.severity() };
                    count.compare(&line, name, Some(&found.to_string()), Some(&expected.to_string()));
                }
                "timestamp" => {
                    let expected =
                        expected_text.map(|text| OffsetDateTime::parse(text, &Rfc3339).expect("a time"));
                    let text = |at: Option<OffsetDateTime>| at.map(|at| at.to_string());
                    count.compare(&line, name, text(time).as_deref(), text(expected).as_deref());
                }
                "hostname" => count.compare(&line, name, message.host, expected_text),
                "appname" => count.compare(&line, name, message.app, expected_text),
                "procid" => count.compare(&line, name, message.process_id, expected_text),
                "msgid" => count.compare(&line, name, message.message_id, expected_text),
                "msg" => count.compare(&line, name, body(&message), expected_text),
                "sd" => {
                    for (id, parameters) in expected.as_object().into_iter().flatten() {
                        for (parameter, value) in parameters.as_object().into_iter().flatten() {
                            let found = message.structured_data.get(id, parameter);
                            count.compare(&line, parameter, found.as_deref(), value.as_str());
                        }
                    }
                }
                _ => {}
            }
        }
    }
    count.finish("authored-headers");
}

#[test]
fn connections_are_framed_as_the_rfcs_say() {
    let Some(corpus) = corpus() else { return };
    let mut count = Count::default();
    for row in rows(&corpus, "authored-framing.jsonl").iter().filter(|row| row["udp"] != true) {
        let id = row["id"].as_str().expect("an id");
        let mut framer = Framer::new(64 * 1024);
        let mut found = Vec::new();
        let mut keep =
            |frame: syslog::Frame<'_>| found.push(String::from_utf8_lossy(frame.bytes).into_owned());
        for chunk in row["chunks"].as_array().expect("chunks") {
            let chunk = BASE64_STANDARD.decode(chunk.as_str().expect("base64")).expect("base64");
            let mut input = chunk.as_slice();
            while let Some(frame) = framer.next(&mut input) {
                keep(frame);
            }
        }
        if let Some(frame) = framer.finish() {
            keep(frame);
        }
        if let Some(last) = row["expect_last"].as_str() {
            count.compare(id, "last frame", found.last().map(String::as_str), Some(last));
            continue;
        }
        let expected = row["expect"].as_array().expect("frames");
        count.compare(id, "frames", Some(&found.len().to_string()), Some(&expected.len().to_string()));
        for (found, expected) in found.iter().zip(expected) {
            count.compare(id, "frame", Some(found), expected.as_str());
        }
    }
    count.finish("authored-framing");
}

#[test]
fn rfc_5424_is_kept_where_a_strict_reader_refuses() {
    let Some(corpus) = corpus() else { return };
    let (mut valid, mut refused, mut as_text) = (0, 0, 0);
    for row in rows(&corpus, "go-syslog-rfc5424.jsonl") {
        let line = row["input"].as_str().expect("an input");
        let message = parse(line.as_bytes(), &arrival(None));
        if row["valid"] == true && !line.contains("[meta es=\\\"") {
            assert_eq!((message.header, message.problems.len()), (Header::Rfc5424, 0), "{line:?}");
            valid += 1;
        } else {
            let is_clean = message.header == Header::Rfc5424 && message.problems.is_empty();
            assert!(!is_clean, "{line:?} is read without a problem");
            refused += 1;
            as_text += usize::from(message.header != Header::Rfc5424);
        }
    }
    println!(
        "go-syslog: {valid} valid ones read; {refused} refused ones kept with a problem, {as_text} as text"
    );
    assert!(valid > 15 && refused > 25);
}

#[test]
fn other_programs_read_the_same_lines_alike() {
    let Some(corpus) = corpus() else { return };
    let mut count = Count::default();
    for set in ["syslog-loose.jsonl", "go-syslog-rfc3164.jsonl"] {
        for row in rows(&corpus, set) {
            let line = row["input"].as_str().expect("an input");
            let message = parse(line.as_bytes(), &arrival(None));
            let text = |name: &str| row[name].as_str();
            count.compare(line, "host", message.host, text("hostname"));
            count.compare(line, "app", message.app, text("appname"));
            count.compare(line, "process", message.process_id, text("procid"));
            count.compare(line, "id", message.message_id, text("msgid"));
            count.compare(line, "body", body(&message), text("msg").or(text("message")));
        }
    }
    count.finish("syslog-loose, go-syslog RFC 3164");
    let mut count = Count::default();
    for row in rows(&corpus, "syslog-ng-msgparse.jsonl") {
        let line = row["input"].as_str().expect("an input");
        let message = parse(line.as_bytes(), &arrival(None));
        count.compare(line, "host", message.host, row["host"].as_str());
        count.compare(line, "app", message.app, row["program"].as_str());
        if let Some(id) = row["pid"].as_str() {
            count.compare(line, "process", message.process_id, Some(id));
        }
        count.compare(line, "body", body(&message), row["msg"].as_str());
        // A year is written where a second is known; syslog-ng's own zone is another than ours where none is.
        let seconds = row["ts_sec"]
            .as_i64()
            .filter(|seconds| *seconds > 1 && line.contains("T0") && line.contains('Z'));
        if let Some(seconds) = seconds {
            let found = message.time.map(|time| time.at.unix_timestamp().to_string());
            count.compare(line, "time", found.as_deref(), Some(&seconds.to_string()));
        }
    }
    count.finish("syslog-ng");
}

#[test]
fn rsyslog_reads_the_same_lines_alike() {
    let Some(corpus) = corpus() else { return };
    let mut count = Count::default();
    for row in rows(&corpus, "rsyslog-parsertests.jsonl") {
        let template = row["template"].as_str().unwrap_or_default();
        let columns: Vec<&str> = template.split('%').filter(|name| !name.is_empty()).collect();
        let at =
            |name: &str| columns.iter().filter(|column| **column != ",").position(|column| *column == name);
        let (Some(host_at), Some(app_at)) = (at("hostname"), at("programname")) else { continue };
        let strings = |name: &str| row[name].as_array().into_iter().flatten().filter_map(Value::as_str);
        for (line, expected) in strings("inputs").zip(strings("expected_lines")) {
            let message = parse(line.as_bytes(), &arrival(None));
            let expected: Vec<&str> = expected.split(',').collect();
            let host = expected.get(host_at).copied().filter(|host| *host != "$RS_HOSTNAME");
            count.compare(line, "host", message.host, host);
            count.compare(line, "app", message.app, expected.get(app_at).copied());
        }
    }
    count.finish("rsyslog");
}
