//! Signing keys that change under load, on two nodes: whoever has a valid token is never refused, and what a revoked key
//! signed is refused by both.

use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::client::Client;
use crate::load::{self, Outcome, Request, Until};
use crate::report;
use crate::server::{self, Server, Settings};

const SETTINGS: Settings<'_> = &[("CIBERCASE_TOKENS__PUBLISH_SECONDS", "1")];
const CONNECTIONS: usize = 4;
const CHANGES: u32 = 3;
const PATH: &str = "/api/v1/tickets?limit=1";

/// The first token of the run and the latest.
type Tokens = Arc<RwLock<[String; 2]>>;

pub async fn run(binary: &Path, seconds: u64) -> Result<()> {
    let one = Server::start_with(binary, SETTINGS).await?;
    let (other, mut process) = one.beside(SETTINGS).await?;
    let first = one.sign_in().await?;
    let tokens = Tokens::new(RwLock::new([first.clone(), first.clone()]));
    let (here, there, changed) = tokio::join!(
        ask(&one.address, &tokens, seconds),
        ask(&other, &tokens, seconds),
        change(&one, &tokens, Duration::from_secs(seconds) / (CHANGES + 1)),
    );
    changed?;
    report::line("asked here while keys change", &here?);
    report::line("asked there while keys change", &there?);
    rotate(&one, &one.sign_in().await?, br#"{"is_compromised":true}"#).await?;
    let revoked = Instant::now();
    for (name, address) in [("here", &one.address), ("there", &other)] {
        while status(address, &first).await? != 401 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        report::say(&format!("a revoked key's token is refused {name} after {:?}", revoked.elapsed()));
    }
    server::stop(&mut process).await?;
    one.stop().await
}

/// Asks with the first and the latest token by turns.
async fn ask(address: &str, tokens: &Tokens, seconds: u64) -> Result<Outcome> {
    let tokens = tokens.clone();
    load::run(address, CONNECTIONS, Until::seconds(seconds), move |number| Request {
        method: "GET",
        path: PATH.to_owned(),
        token: tokens.read().unwrap_or_else(PoisonError::into_inner)[usize::from(number % 2 == 0)].clone(),
        content_type: "application/json",
        body: Vec::new(),
    })
    .await
}

async fn change(server: &Server, tokens: &Tokens, pause: Duration) -> Result<()> {
    for _ in 0..CHANGES {
        tokio::time::sleep(pause).await;
        rotate(server, &server.sign_in().await?, b"{}").await?;
        let latest = server.sign_in().await?;
        tokens.write().unwrap_or_else(PoisonError::into_inner)[1] = latest;
    }
    Ok(())
}

/// Waits for the next key to have been published for long enough.
async fn rotate(server: &Server, session: &str, body: &[u8]) -> Result<()> {
    let mut client = Client::connect(&server.address).await?;
    loop {
        let answer = client.send("POST", "/sts/rotate-keys", Some(session), "application/json", body).await?;
        match answer.status {
            200 => return Ok(()),
            409 => tokio::time::sleep(Duration::from_millis(100)).await,
            other => bail!("rotate-keys: {other}"),
        }
    }
}

async fn status(address: &str, token: &str) -> Result<u16> {
    let mut client = Client::connect(address).await?;
    Ok(client.send("GET", PATH, Some(token), "application/json", b"").await?.status)
}
