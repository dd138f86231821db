//! The benchmark: one run, everything in it, figures as they come.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::client::Client;
use crate::incidents::{self, Plan};
use crate::lists::{self, EVENT_QUESTIONS, QUESTIONS};
use crate::load::{Outcome, Until};
use crate::server::{Server, Usage};
use crate::syslog::{Stream, Transport};
use crate::{fanout, load, syslog};

const CONNECTIONS: usize = 16;
/// What other tenants of a machine do to it shows in the difference.
const DISTINCT_ROUNDS: usize = 3;

pub async fn bench(binary: &Path, sizes: &[u64], seconds: u64, clients: usize) -> Result<()> {
    let server = Server::start(binary).await?;
    say(&format!("start on an empty directory {:?}, again {:?}", server.first_start, server.second_start));
    say(&format!("resident after start {}", memory(server.usage()?)));
    let (id, token) = server.add_source("bench").await?;
    let (_, limited) = server.add_source("bench of storms").await?;
    prepare(&server, &id).await?;
    intake(&server, &token, seconds).await?;
    incidents(&server, &limited, seconds, "distinct incidents of storms", false).await?;
    let mut have = 0;
    for size in sizes {
        have = grow(&server, &token, have, *size).await?;
        questions(&server, *size, seconds.min(5)).await?;
    }
    say("incidents again, on the full tables:");
    intake(&server, &token, seconds).await?;
    live(&server, &token, clients).await?;
    log_lines(&server, seconds).await?;
    say(&format!("resident at the end {}", memory(server.usage()?)));
    server.stop().await
}

/// What one core of the machine is worth right now: virtual machines that share theirs are half as fast at times.
fn pace() {
    let mut numbers = (0..1_000_000_u64).map(|n| n.wrapping_mul(0x9E37_79B9_7F4A_7C15)).collect::<Vec<_>>();
    let began = Instant::now();
    numbers.sort_unstable();
    std::hint::black_box(&numbers);
    say(&format!("(the machine sorts a million numbers in {:.1} ms)", ms(began.elapsed())));
}

/// A source without a storm's limit, so that each incident opens a ticket, and 10,000 assets.
async fn prepare(server: &Server, source: &str) -> Result<()> {
    let session = server.sign_in().await?;
    let mut client = Client::connect(&server.address).await?;
    let path = format!("/api/v1/sources/{source}");
    let known =
        client.send("GET", &path, Some(&session), "application/json", b"").await?.expect(200)?.json()?;
    let version = known["version"].as_i64().context("no version")?;
    let organization =
        known["organizations"][0]["organization_id"].as_str().context("no organization")?.to_owned();
    patch(&server.address, &path, &session, version, br#"{"storm_limit":null}"#).await?;
    let mut csv = String::from("name,kind,criticality,state,addresses,hostnames\n");
    for number in 0..10_000 {
        let criticality = ["low", "medium", "high", "critical"][number % 4];
        let (high, low) = (number / 256, number % 256);
        csv.push_str(&format!(
            "host-{number},server,{criticality},active,10.{high}.{low}.0/24,host-{number}.example.org\n"
        ));
    }
    let path = format!("/api/v1/assets/import?organization_id={organization}&dry_run=false");
    client.send("POST", &path, Some(&session), "text/csv", csv.as_bytes()).await?.expect(200)?;
    say("10,000 assets loaded");
    Ok(())
}

/// `If-Match` is a header that the small client does not know: it rides on the content type's line.
async fn patch(server: &str, path: &str, token: &str, version: i64, body: &[u8]) -> Result<()> {
    let mut client = Client::connect(server).await?;
    let content_type = format!("application/json\r\nIf-Match: \"{version}\"");
    client.send("PATCH", path, Some(token), &content_type, body).await?.expect(200)?;
    Ok(())
}

async fn intake(server: &Server, token: &str, seconds: u64) -> Result<()> {
    for _ in 0..DISTINCT_ROUNDS {
        pace();
        incidents(server, token, seconds, "distinct incidents", false).await?;
    }
    incidents(server, token, seconds, "the same incident", true).await?;
    let _snapshot = server.hold_snapshot().await?;
    incidents(server, token, seconds, "the same incident while a snapshot is held", true).await
}

async fn incidents(server: &Server, token: &str, seconds: u64, name: &str, is_repeat: bool) -> Result<()> {
    let plan = Plan { token: token.to_owned(), is_repeat, first: incidents::fresh_number() };
    let before = server.usage()?;
    let outcome = incidents::run(&server.address, &plan, CONNECTIONS, Until::seconds(seconds)).await?;
    line(name, &outcome);
    per_request(&outcome, before, server.usage()?);
    Ok(())
}

async fn grow(server: &Server, token: &str, have: u64, want: u64) -> Result<u64> {
    let plan = Plan { token: token.to_owned(), is_repeat: false, first: incidents::fresh_number() };
    let outcome = incidents::run(&server.address, &plan, 64, Until::count(want - have)).await?;
    line(&format!("filling to {want} tickets (64 connections)"), &outcome);
    Ok(want)
}

async fn questions(server: &Server, size: u64, seconds: u64) -> Result<()> {
    for (name, path) in QUESTIONS {
        let session = server.sign_in().await?;
        let before = server.usage()?;
        let outcome =
            lists::run(&server.address, &session, path, CONNECTIONS, Until::seconds(seconds)).await?;
        line(&format!("{name} of {size}"), &outcome);
        per_request(&outcome, before, server.usage()?);
        let alone = lists::run(&server.address, &session, path, 1, load::Until::seconds(1)).await?;
        line("    one connection", &alone);
    }
    Ok(())
}

async fn live(server: &Server, token: &str, clients: usize) -> Result<()> {
    let session = server.sign_in().await?;
    let heard = fanout::run(&server.address, &session, token, clients, 20).await?;
    let outcome = Outcome { latencies: heard.latencies, failures: 0, took: Duration::from_secs(1) };
    say(&format!(
        "live: {} clients, {} of {} frames heard, p50 {:.1} ms, p99 {:.1} ms from the post",
        heard.clients,
        outcome.latencies.len(),
        heard.expected,
        ms(outcome.percentile(0.5)),
        ms(outcome.percentile(0.99)),
    ));
    Ok(())
}

/// Log lines steadily at what a busy firewall writes, four times that, and as fast as the server takes them; then
/// searches of what was kept.
async fn log_lines(server: &Server, seconds: u64) -> Result<()> {
    server.add_firewall().await?;
    for (transport, rate, seconds) in [
        (Transport::Udp, Some(5_000), seconds),
        (Transport::Tcp, Some(5_000), seconds),
        (Transport::Udp, Some(20_000), seconds * 6),
        (Transport::Tcp, Some(20_000), seconds * 6),
        (Transport::Tcp, None, seconds),
    ] {
        syslog::measure(server, Stream { transport, rate, seconds }).await?;
    }
    event_searches(server).await
}

async fn event_searches(server: &Server) -> Result<()> {
    for (name, path) in EVENT_QUESTIONS {
        let session = server.sign_in().await?;
        line(name, &lists::run(&server.address, &session, path, 1, Until::seconds(2)).await?);
    }
    Ok(())
}

/// A server of its own that takes nothing but log lines.
pub async fn syslog(binary: &Path, streams: &[Stream]) -> Result<()> {
    let server = Server::start(binary).await?;
    server.add_firewall().await?;
    for stream in streams {
        syslog::measure(&server, *stream).await?;
    }
    event_searches(&server).await?;
    server.stop().await
}

pub fn line(name: &str, outcome: &Outcome) {
    say(&format!(
        "{name}: {:.0}/s, p50 {:.2} ms, p99 {:.2} ms, {} answered, {} failed",
        outcome.per_second(),
        ms(outcome.percentile(0.5)),
        ms(outcome.percentile(0.99)),
        outcome.latencies.len(),
        outcome.failures
    ));
}

fn per_request(outcome: &Outcome, before: Usage, after: Usage) {
    let count = outcome.latencies.len().max(1) as u32;
    say(&format!(
        "    CPU each: server {:.3} ms, database {:.3} ms",
        ms((after.server_cpu - before.server_cpu) / count),
        ms((after.database_cpu - before.database_cpu) / count)
    ));
}

pub fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

fn memory(of: Usage) -> String {
    format!(
        "{}, {} of it not the program's own pages",
        mib(of.server_resident_bytes),
        mib(of.server_anonymous_bytes)
    )
}

pub fn mib(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / 1024.0 / 1024.0)
}

pub fn say(text: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stdout(), "{text}");
}
