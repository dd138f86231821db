//! A service that watches the queue: every minute it asks CiberCase for tickets, by mutual TLS and with a token of
//! its own, and tells standard output what is new.
//!
//! `examples/README.md` says how it gets its certificate. It ends with Ctrl-C.

use std::collections::BTreeSet;
use std::io::Write;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use secure_client::{Client, Settings};
use serde_json::Value;

const SERVICE: &str = "ticket-watch";
const EVERY: Duration = Duration::from_secs(60);

#[tokio::main]
async fn main() -> Result<()> {
    let base =
        variable("CIBERCASE_URL").context("CIBERCASE_URL is not set, such as https://soc.internal:8443")?;
    let client = Client::new(Settings::from_variables(SERVICE, variable)?)?;
    let is_once = std::env::args().any(|argument| argument == "--once");
    let mut known = BTreeSet::new();
    loop {
        match look(&client, &base, &mut known).await {
            // What passes by itself is tried again with the next look.
            Err(error) if !is_once => complain(&format!("{error:#}")),
            outcome => outcome?,
        }
        if is_once {
            return Ok(());
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            _ = tokio::signal::ctrl_c() => return Ok(()),
        }
    }
}

/// Tells the tickets that were not there the last time.
async fn look(client: &Client, base: &str, known: &mut BTreeSet<String>) -> Result<()> {
    let answer = client.get(&format!("{base}/api/v1/tickets?limit=50")).await?;
    ensure!(answer.status().is_success(), "the queue answered {}", answer.status());
    let page: Value = serde_json::from_slice(answer.body())?;
    for ticket in page["items"].as_array().context("the queue has no items")? {
        let text = |name: &str| ticket[name].as_str().unwrap_or_default();
        if known.insert(text("reference").to_owned()) {
            writeln!(std::io::stdout(), "{} {} {}", text("reference"), text("severity"), text("title"))?;
        }
    }
    Ok(())
}

fn complain(text: &str) {
    let _ = writeln!(std::io::stderr(), "{SERVICE}: {text}");
}

#[expect(clippy::disallowed_methods, reason = "a program of its own has settings of its own")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
