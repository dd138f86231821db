//! Asking for more than others leave.

use axum::body::Body;
use http::Method;
use testkit::{Redis, Setup, TestApp, certificates};

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

/// A process that looks up twenty cookies a minute for an address.
async fn a_process_that_looks_up_few() -> TestApp {
    let mut setup = Setup::default();
    setup.config.limits.unknown_requests_per_minute = 1;
    TestApp::start_with(vec![], setup).await
}

/// Whether the address of all actors has no look-up left. One may have come back meanwhile, but not two at once.
async fn has_none_left(app: &TestApp) -> bool {
    let mut statuses = Vec::new();
    for _ in 0..2 {
        statuses.push(app.an_administrator().await.get(SESSION).await.status.as_u16());
    }
    statuses.contains(&429)
}

#[tokio::test]
async fn whoever_makes_cookies_up_is_not_looked_up_for_ever_and_takes_nothing_from_whom_we_know() {
    let app = a_process_that_looks_up_few().await;
    let (ana, bea) = (app.an_administrator().await, app.an_administrator().await);
    ana.get(SESSION).await.expect(200);
    // Of what is no call of the API each request is answered, as to nobody.
    for number in 0..200 {
        app.nobody().with_cookie(&format!("{number:043}")).get("/nothing").await.expect(404);
    }
    assert!(has_none_left(&app).await);
    ana.get(SESSION).await.expect(200);
    bea.from_address("198.51.100.8").get(SESSION).await.expect(200);
}

#[tokio::test]
async fn the_cookie_of_a_session_that_is_over_is_looked_up_no_more_often_than_one_that_is_made_up() {
    let app = a_process_that_looks_up_few().await;
    let ana = app.an_administrator().await;
    ana.get(SESSION).await.expect(200);
    ana.delete(SESSION).await.expect(204);
    for _ in 0..200 {
        ana.get("/nothing").await.expect(404);
    }
    assert!(has_none_left(&app).await);
}

/// A node's settings, with this Redis and so long for its answers.
fn sharing(redis: &Redis, answer_milliseconds: u64) -> Setup {
    let mut setup = shares();
    setup.config.redis.url = redis.url().into();
    setup.config.redis.answer_milliseconds = answer_milliseconds;
    setup
}

/// Two nodes that have found their Redis.
async fn two_nodes(setup: impl Fn() -> Setup) -> [TestApp; 2] {
    let first = TestApp::start_with(vec![], setup()).await;
    let second = first.another_node_configured(vec![], setup());
    for node in [&first, &second] {
        node.share_limits();
        node.redis_is(true).await;
    }
    [first, second]
}

/// How many requests of an address, each at the next node, are let in before one is refused. A share refills meanwhile.
async fn let_in(nodes: &[TestApp; 2], address: &str) -> u32 {
    for number in 0..10 * SHARE {
        let nobody = nodes[usize::from(number % 2 == 1)].nobody().from_address(address);
        let answer = nobody.get(SESSION).await;
        if answer.status == 429 {
            answer.expect_problem(429, "too_many_requests");
            let seconds: u32 = answer.header("retry-after").unwrap().parse().unwrap();
            assert!((1..=60).contains(&seconds), "{seconds}");
            return number;
        }
    }
    10 * SHARE
}

#[tokio::test]
async fn whoever_goes_to_another_node_has_used_their_share_there_too() {
    let redis = Redis::start();
    // Its answers are waited for, however busy this machine is.
    let nodes = two_nodes(|| sharing(&redis, 10_000)).await;
    let count = let_in(&nodes, "198.51.100.7").await;
    assert!((SHARE..2 * SHARE).contains(&count), "{count}");
    nodes[1].nobody().from_address("198.51.100.8").get(SESSION).await.expect_problem(401, "unauthenticated");
    let ana = nodes[0].an_administrator().await;
    let elsewhere = ana.at(&nodes[1]);
    let mut count = 0;
    while ana.get(SESSION).await.status == 200 && elsewhere.get(SESSION).await.status == 200 {
        count += 2;
    }
    assert!((SHARE - 1..2 * SHARE).contains(&count), "{count}");
    nodes[1].an_administrator().await.get(SESSION).await.expect(200);
    assert_eq!(nodes.each_ref().map(|node| node.app.limits.standing().unwrap().counted_alone), [0, 0]);
}

#[tokio::test]
async fn without_its_redis_each_node_counts_by_itself_and_with_it_again_together() {
    let mut redis = Redis::start();
    let nodes = two_nodes(|| sharing(&redis, 10_000)).await;
    redis.kill();
    for node in &nodes {
        node.redis_is(false).await;
    }
    let count = let_in(&nodes, "198.51.100.7").await;
    assert!(count >= 2 * SHARE, "{count}");
    assert!(nodes.iter().all(|node| node.app.limits.standing().unwrap().counted_alone >= u64::from(SHARE)));
    redis.start_again();
    for node in &nodes {
        node.redis_is(true).await;
    }
    let count = let_in(&nodes, "198.51.100.7").await;
    assert!((SHARE..2 * SHARE).contains(&count), "{count}");
}

#[tokio::test]
async fn a_redis_that_says_nothing_keeps_no_request_waiting() {
    let redis = Redis::start();
    let nodes = two_nodes(|| sharing(&redis, 200)).await;
    redis.halt();
    // All are answered while it says nothing.
    assert!(let_in(&nodes, "198.51.100.7").await >= 2 * SHARE);
    for node in &nodes {
        node.redis_is(false).await;
    }
    redis.go_on();
    for node in &nodes {
        node.redis_is(true).await;
    }
}

#[tokio::test]
async fn redis_is_spoken_to_over_tls_when_its_certificate_is_an_authoritys_of_ours() {
    let (ours, others) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for directory in [&ours, &others] {
        certificates(directory.path(), &["localhost"]);
    }
    let redis = Redis::over_tls(ours.path(), "localhost");
    let with = |directory: &tempfile::TempDir| {
        let mut setup = sharing(&redis, 10_000);
        setup.config.redis.ca_file = directory.path().join("ca.pem");
        setup
    };
    let nodes = two_nodes(|| with(&ours)).await;
    assert!(let_in(&nodes, "198.51.100.7").await < 2 * SHARE);
    let refused = platform::limits::check(&with(&others).config.redis).await.unwrap_err();
    assert!(format!("{refused:#}").contains("certificate"), "{refused:#}");
}

#[tokio::test]
async fn a_redis_that_wants_another_password_is_away_and_none_is_told() {
    let redis = Redis::start();
    let mut setup = sharing(&redis, 10_000);
    setup.config.redis.url = redis.url().replace("of%20a%20test", "canary-0f3a").into();
    let refused = platform::limits::check(&setup.config.redis).await.unwrap_err();
    assert!(format!("{refused:#}").contains("authentication failed"), "{refused:#}");
    assert!(!format!("{refused:?} {:?}", setup.config).contains("canary-0f3a"));
}
