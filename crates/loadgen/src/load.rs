//! Many connections asking as fast as they are answered, and how long each answer took.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::task::JoinSet;

use crate::client::Client;

/// When a load ends.
#[derive(Clone)]
pub enum Until {
    Time(Instant),
    /// So many requests in all.
    Count(Arc<AtomicU64>, u64),
}

impl Until {
    pub fn seconds(seconds: u64) -> Self {
        Until::Time(Instant::now() + Duration::from_secs(seconds))
    }

    pub fn count(count: u64) -> Self {
        Until::Count(Arc::new(AtomicU64::new(0)), count)
    }

    fn goes_on(&self) -> bool {
        match self {
            Until::Time(end) => Instant::now() < *end,
            Until::Count(done, count) => done.fetch_add(1, Ordering::Relaxed) < *count,
        }
    }
}

/// What a load saw.
#[derive(Default, Clone)]
pub struct Outcome {
    pub latencies: Vec<Duration>,
    pub failures: u64,
    pub took: Duration,
}

impl Outcome {
    pub fn per_second(&self) -> f64 {
        self.latencies.len() as f64 / self.took.as_secs_f64().max(0.001)
    }

    /// The latency below which `share` of all answers came.
    pub fn percentile(&self, share: f64) -> Duration {
        let mut sorted = self.latencies.clone();
        sorted.sort_unstable();
        let index = ((sorted.len() as f64) * share) as usize;
        sorted.get(index.min(sorted.len().saturating_sub(1))).copied().unwrap_or_default()
    }
}

/// A request to send: method, path, token, content type, body.
pub struct Request {
    pub method: &'static str,
    pub path: String,
    pub token: String,
    pub content_type: &'static str,
    pub body: Vec<u8>,
}

/// Sends what `next` gives over `connections` connections; every answer of 300 and above is a failure.
pub async fn run<F>(server: &str, connections: usize, until: Until, next: F) -> Result<Outcome>
where
    F: Fn(u64) -> Request + Send + Sync + 'static,
{
    let next = Arc::new(next);
    let number = Arc::new(AtomicU64::new(0));
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..connections {
        let (server, until, next, number) = (server.to_owned(), until.clone(), next.clone(), number.clone());
        #[expect(clippy::disallowed_methods, reason = "the set owns the task")]
        tasks.spawn(async move {
            let mut client = Client::connect(&server).await?;
            let mut outcome = Outcome::default();
            while until.goes_on() {
                let request = next(number.fetch_add(1, Ordering::Relaxed));
                let began = Instant::now();
                let answer = client
                    .send(
                        request.method,
                        &request.path,
                        Some(&request.token),
                        request.content_type,
                        &request.body,
                    )
                    .await?;
                if answer.status < 300 {
                    outcome.latencies.push(began.elapsed());
                } else {
                    outcome.failures += 1;
                }
            }
            anyhow::Ok(outcome)
        });
    }
    let mut all = Outcome::default();
    while let Some(joined) = tasks.join_next().await {
        let outcome = joined??;
        all.latencies.extend(outcome.latencies);
        all.failures += outcome.failures;
    }
    all.took = started.elapsed();
    Ok(all)
}
