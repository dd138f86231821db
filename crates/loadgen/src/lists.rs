//! Lists and searches of tickets, as a signed-in analyst.

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
