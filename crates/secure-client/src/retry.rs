//! What is tried again, and when.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Response, StatusCode, header};

use crate::Error;

const FIRST: Duration = Duration::from_millis(200);
const LONGEST: Duration = Duration::from_secs(5);

/// Whether doing it twice is doing it once (RFC 9110, 9.2.2).
pub fn is_idempotent(method: &Method) -> bool {
    [Method::GET, Method::HEAD, Method::OPTIONS, Method::PUT, Method::DELETE].contains(method)
}

/// Whether it may end otherwise the next time, and how long to wait for that at least.
pub fn is_passing(outcome: &Result<Response<Bytes>, Error>) -> Option<Duration> {
    match outcome {
        Ok(answer) => {
            let passing = [
                StatusCode::TOO_MANY_REQUESTS,
                StatusCode::BAD_GATEWAY,
                StatusCode::SERVICE_UNAVAILABLE,
                StatusCode::GATEWAY_TIMEOUT,
            ];
            let after =
                answer.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
            passing.contains(&answer.status()).then(|| Duration::from_secs(after.unwrap_or(0)))
        }
        Err(Error::Connect(_) | Error::Broken(_)) => Some(Duration::ZERO),
        Err(_) => None,
    }
}

/// A wait of anything up to a bound that doubles, so that those who failed together do not come back together.
pub fn wait(attempt: u32, random: f64) -> Duration {
    let bound = FIRST.saturating_mul(1 << attempt.min(10)).min(LONGEST);
    bound.mul_f64(random.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_bound_and_are_spread_below_it() {
        assert_eq!(wait(0, 1.0), FIRST);
        assert_eq!(wait(1, 0.5), FIRST);
        assert_eq!(wait(30, 1.0), LONGEST);
        assert_eq!(wait(30, 0.0), Duration::ZERO);
    }
}
