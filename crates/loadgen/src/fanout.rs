//! Many live connections, and how long an incident takes from its post to all of them.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use futures_util::StreamExt;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::Message;

use crate::client::Client;
use crate::incidents;
use crate::load::Until;

pub struct Fanout {
    pub clients: usize,
    /// From the post to each client's frame.
    pub latencies: Vec<Duration>,
    pub expected: usize,
}

/// Opens `clients` sockets, posts `rounds` incidents one after another, and waits for every client to hear each.
pub async fn run(server: &str, session: &str, source: &str, clients: usize, rounds: usize) -> Result<Fanout> {
    let (heard, mut hearing) = mpsc::unbounded_channel::<Instant>();
    let mut tasks = JoinSet::new();
    let mut asking = Client::connect(server).await?;
    for _ in 0..clients {
        let answer =
            asking.send("POST", "/api/v1/live/tickets", Some(session), "application/json", b"").await?;
        let ticket = answer.expect(200)?.json()?["ticket"].as_str().context("no ticket")?.to_owned();
        let url = format!("ws://{server}/api/v1/live?ticket={ticket}");
        let (mut socket, _) = tokio_tungstenite::connect_async(url).await?;
        let heard = heard.clone();
        #[expect(clippy::disallowed_methods, reason = "the set owns the task")]
        tasks.spawn(async move {
            while let Some(Ok(message)) = socket.next().await {
                if let Message::Text(text) = message
                    && text.contains("\"topic\":\"alerts\"")
                {
                    let _ = heard.send(Instant::now());
                }
            }
        });
    }
    let mut latencies = Vec::with_capacity(clients * rounds);
    let first = incidents::fresh_number();
    for round in 0..rounds {
        let plan = incidents::Plan { token: source.to_owned(), is_repeat: true, first: first + round as u64 };
        let began = Instant::now();
        incidents::run(server, &plan, 1, Until::count(1)).await?;
        for _ in 0..clients {
            match tokio::time::timeout(Duration::from_secs(5), hearing.recv()).await {
                Ok(Some(at)) => latencies.push(at - began),
                _ => break,
            }
        }
    }
    tasks.abort_all();
    Ok(Fanout { clients, latencies, expected: clients * rounds })
}
