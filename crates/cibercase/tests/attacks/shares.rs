//! Asking for more than others leave.

use axum::body::Body;
use http::Method;
use testkit::{Setup, TestApp};

use super::SESSION;

const SHARE: u32 = 20;

fn shares() -> Setup {
    let mut setup = Setup::default();
    setup.config.limits.requests_per_minute = SHARE;
    setup.config.limits.unknown_requests_per_minute = SHARE;
    setup
}

#[tokio::test]
async fn whoever_writes_another_address_into_each_request_counts_as_one() {
    let app = TestApp::start_with(vec![], shares()).await;
    let nobody = app.nobody().from_address("198.51.100.7");
    let mut refused = None;
    for number in 0..=SHARE {
        let mut request = nobody.request(Method::GET, SESSION).body(Body::empty()).unwrap();
        for name in ["x-forwarded-for", "x-real-ip", "forwarded", "true-client-ip"] {
            request.headers_mut().insert(name, format!("203.0.113.{number}").parse().unwrap());
        }
        let answer = nobody.send(request).await;
        if answer.status == 429 {
            refused = Some(answer);
        }
    }
    let refused = refused.expect("one more than the share is too many");
    refused.expect_problem(429, "too_many_requests");
    let seconds: u32 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    app.nobody().from_address("198.51.100.8").get(SESSION).await.expect_problem(401, "unauthenticated");
}

#[tokio::test]
async fn a_crowd_at_the_same_address_takes_nothing_from_whom_we_know() {
    let app = TestApp::start_with(vec![], shares()).await;
    let (ana, bea) = (app.an_administrator().await, app.an_administrator().await);
    let nobody = app.nobody();
    let mut statuses = Vec::new();
    for _ in 0..=SHARE {
        statuses.push(nobody.get(SESSION).await.status.as_u16());
    }
    assert!(statuses.contains(&429), "{statuses:?}");
    ana.get(SESSION).await.expect(200);
    let mut statuses = Vec::new();
    for _ in 0..=SHARE {
        statuses.push(ana.get(SESSION).await.status.as_u16());
    }
    assert!(statuses.contains(&429), "{statuses:?}");
    bea.get(SESSION).await.expect(200);
}
