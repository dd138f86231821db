//! How many requests a process has answered, how, and how fast.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use platform::App;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::text::{Kind, Text};

/// Upper bounds of the histogram, in seconds.
const BOUNDS: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0];
const LAST_BOUND: f64 = BOUNDS[BOUNDS.len() - 1];

/// The counts of one process.
#[derive(Default)]
pub struct Requests(Mutex<Counts>);

#[derive(Default)]
struct Counts {
    /// By route template, method and class of the answer.
    answers: BTreeMap<(String, &'static str, &'static str), u64>,
    /// By bound; the last is for what took longer.
    durations: [u64; BOUNDS.len() + 1],
    total: Duration,
}

/// What was answered up to a moment, or between two.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Answers of the class 5xx.
    pub errors: u64,
    durations: [u64; BOUNDS.len() + 1],
}

/// What answers took at most: a bound of the histogram, so no finer than those are.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LatencyBound {
    pub seconds: f64,
    /// They took longer, and `seconds` is the last bound there is.
    pub is_exceeded: bool,
}

/// Counts what a router answers. Lay it around everything.
pub fn measure(router: Router, app: &App) -> Router {
    router.layer(from_fn_with_state(app.clone(), count))
}

async fn count(State(app): State<App>, request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let (method, started) = (method(request.method()), Instant::now());
    let response = next.run(request).await;
    let route = path.unwrap_or_else(|| "unmatched".to_owned());
    app.service::<Requests>().add(route, method, response.status(), started.elapsed());
    response
}

impl Requests {
    fn add(&self, route: String, method: &'static str, status: StatusCode, took: Duration) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.answers.entry((route, method, class(status))).or_default() += 1;
        let seconds = took.as_secs_f64();
        let bucket = BOUNDS.iter().position(|bound| seconds <= *bound).unwrap_or(BOUNDS.len());
        if let Some(count) = counts.durations.get_mut(bucket) {
            *count += 1;
        }
        counts.total += took;
    }

    /// All that was answered so far.
    pub fn tally(&self) -> Tally {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let errors = counts.answers.iter().filter(|((_, _, status), _)| *status == "5xx");
        Tally { errors: errors.map(|(_, count)| count).sum(), durations: counts.durations }
    }

    pub fn write(&self, text: &mut Text) {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        text.family("cibercase_http_requests", Kind::Counter, "Requests answered, by route template.");
        for ((route, method, status), count) in &counts.answers {
            let labels = [("route", route.as_str()), ("method", method), ("status", status)];
            text.sample("cibercase_http_requests_total", &labels, count);
        }
        let name = "cibercase_http_request_duration_seconds";
        text.family(name, Kind::Histogram, "How long answers took until their headers.");
        let mut so_far = 0;
        let bounds = BOUNDS.iter().map(f64::to_string).chain(["+Inf".to_owned()]);
        for (bound, count) in bounds.zip(counts.durations) {
            so_far += count;
            text.sample(&format!("{name}_bucket"), &[("le", bound.as_str())], so_far);
        }
        text.sample(&format!("{name}_sum"), &[], counts.total.as_secs_f64());
        text.sample(&format!("{name}_count"), &[], so_far);
    }
}

impl Tally {
    pub fn requests(&self) -> u64 {
        self.durations.iter().sum()
    }

    /// What came since an earlier one.
    pub fn since(&self, before: &Self) -> Self {
        let mut durations = self.durations;
        for (count, known) in durations.iter_mut().zip(before.durations) {
            *count = count.saturating_sub(known);
        }
        Self { errors: self.errors.saturating_sub(before.errors), durations }
    }

    /// The bound that so many percent of the answers kept, rounded up to whole answers; none where nothing was answered.
    pub fn latency(&self, percent: u64) -> Option<LatencyBound> {
        let rank = (self.requests() * percent).div_ceil(100).max(1);
        let mut so_far = 0_u64;
        let bucket = self.durations.iter().position(|count| {
            so_far += count;
            so_far >= rank
        })?;
        let bound = BOUNDS.get(bucket).copied();
        Some(LatencyBound { seconds: bound.unwrap_or(LAST_BOUND), is_exceeded: bound.is_none() })
    }
}

/// Methods that somebody invents are one.
fn method(method: &Method) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or("other")
}

/// Refusals of those who may not are told apart from other mistakes.
fn class(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 => "401",
        403 => "403",
        429 => "429",
        100..=199 => "1xx",
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_by_template_and_class_and_their_time_by_bounds() {
        let requests = Requests::default();
        for (status, millis) in [(200, 2), (201, 2), (403, 60), (500, 9000)] {
            let status = StatusCode::from_u16(status).unwrap_or_default();
            requests.add("/api/v1/tickets/{id}".to_owned(), "GET", status, Duration::from_millis(millis));
        }
        let mut text = Text::default();
        requests.write(&mut text);
        let text = text.end();
        let of = |status| {
            format!(
                "cibercase_http_requests_total{{route=\"/api/v1/tickets/{{id}}\",method=\"GET\",status=\"{status}\"}}"
            )
        };
        assert!(text.contains(&format!("{} 2\n", of("2xx"))), "{text}");
        assert!(text.contains(&format!("{} 1\n", of("403"))), "{text}");
        assert!(text.contains(&format!("{} 1\n", of("5xx"))), "{text}");
        for (bound, count) in [("0.001", 0), ("0.0025", 2), ("0.1", 3), ("5", 3), ("+Inf", 4)] {
            assert!(text.contains(&format!("_bucket{{le=\"{bound}\"}} {count}\n")), "{bound}: {text}");
        }
        assert!(text.contains("_seconds_count 4\n"), "{text}");
    }

    #[test]
    fn a_tally_counts_from_an_earlier_one_and_says_what_the_half_and_nearly_all_took_at_most() {
        let requests = Requests::default();
        let answer = |status, millis| {
            requests.add("/".to_owned(), "GET", status, Duration::from_millis(millis));
        };
        assert_eq!(requests.tally().latency(50), None);
        answer(StatusCode::BAD_GATEWAY, 9000);
        let before = requests.tally();
        let beyond = LatencyBound { seconds: 5.0, is_exceeded: true };
        assert_eq!((before.errors, before.latency(50)), (1, Some(beyond)));
        for _ in 0..19 {
            answer(StatusCode::OK, 2);
        }
        answer(StatusCode::NOT_FOUND, 60);
        let since = requests.tally().since(&before);
        assert_eq!((since.requests(), since.errors), (20, 0));
        for (percent, seconds) in [(50, 0.0025), (95, 0.0025), (96, 0.1)] {
            let within = LatencyBound { seconds, is_exceeded: false };
            assert_eq!(since.latency(percent), Some(within), "{percent}");
        }
        assert_eq!(requests.tally().since(&requests.tally()), Tally::default());
    }

    #[test]
    fn an_invented_method_makes_no_label() {
        let invented = Method::from_bytes(b"BREW").unwrap_or_default();
        assert_eq!((method(&invented), method(&Method::PATCH)), ("other", "PATCH"));
    }
}
