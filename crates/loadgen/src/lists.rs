//! Lists and searches of tickets and events, as a signed-in analyst.

use anyhow::Result;

use crate::load::{self, Outcome, Request, Until};

/// What is asked for, and what it stands for.
pub const QUESTIONS: [(&str, &str); 6] = [
    ("first page by urgency", "/api/v1/tickets"),
    ("newest first", "/api/v1/tickets?sort=-created_at"),
    ("critical and new", "/api/v1/tickets?severity=critical&stage=new"),
    ("search, a frequent word", "/api/v1/tickets?q=port"),
    ("search, one in 500", "/api/v1/tickets?q=kerberoasting"),
    ("search, one address", "/api/v1/tickets?q=198.51.7.77"),
];

/// Of kept log lines, over the last day.
pub const EVENT_QUESTIONS: [(&str, &str); 7] = [
    ("events, the newest", "/api/v1/events"),
    ("events, a source address", "/api/v1/events?source_ip=10.20.7.77"),
    ("events, a network", "/api/v1/events?ip=198.51.7.0/26"),
    ("events, a user of many", "/api/v1/events?user=jperez77"),
    ("events, a frequent word", "/api/v1/events?text=webfilter"),
    ("events, a word that none has", "/api/v1/events?text=kerberoasting"),
    ("events, the histogram", "/api/v1/events/histogram"),
];

pub async fn run(server: &str, token: &str, path: &str, connections: usize, until: Until) -> Result<Outcome> {
    let (token, path) = (token.to_owned(), path.to_owned());
    load::run(server, connections, until, move |_| Request {
        method: "GET",
        path: path.clone(),
        token: token.clone(),
        content_type: "application/json",
        body: Vec::new(),
    })
    .await
}
