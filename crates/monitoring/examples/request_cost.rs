//! What all layers around a handler cost, in processor time: the same answer once from a bare router and once behind
//! authentication, permission, limits, counts, headers and the access log. The goal is 100 microseconds at the median.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement")]

use axum::body::Body;
use axum::http::Method;
use axum::routing::get;
use axum::{Json, Router};
use platform::{Module, Permit, Routes, operations, permission, telemetry};
use serde_json::{Value, json};
use testkit::{Actor, PASSWORD, Setup, TestApp};
use tower::ServiceExt;

const PATH: &str = "/api/v1/nothing";
const REQUESTS: u32 = 5_000;
const ROUNDS: usize = 15;
/// Of /proc.
const TICKS_A_SECOND: f64 = 100.0;

permission! {
    Reads = "tickets:read",
}

/// Answers a little.
#[utoipa::path(get, path = "/api/v1/nothing", tag = "nothing", responses((status = 200, body = Value)))]
async fn get_nothing(_: Permit<Reads>) -> Json<Value> {
    bare().await
}

async fn bare() -> Json<Value> {
    Json(json!({ "items": [] }))
}

fn routes() -> Routes {
    operations![get_nothing]
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut setup = Setup::default().install(|builder| builder.with(monitoring::Requests::default()));
    setup.config.limits.requests_per_minute = 1_000_000_000;
    let nothing =
        Module { name: "nothing", routes: routes(), jobs: Vec::new(), permissions: &["tickets:read"] };
    let app = TestApp::start_with(vec![nothing], setup).await;
    let _log = telemetry::start(&app.app.config);
    let whole = monitoring::measure(app.router(), &app.app);
    let analyst = app.someone(&[(None, "analyst")]).await;
    let form = [("grant_type", "password"), ("username", &analyst.email), ("password", PASSWORD)];
    let token = app.nobody().post_form("/api/v1/auth/token", &form).await.expect(200);
    let program = analyst.with_bearer(token["access_token"].as_str().unwrap());
    let alone = cost(&Router::new().route(PATH, get(bare)), &app.nobody()).await;
    println!("a bare router: {alone:.1} us of processor a request (median of {ROUNDS} x {REQUESTS})");
    for (what, caller) in [("a session", &analyst), ("an access token", &program)] {
        let layered = cost(&whole, caller).await;
        println!("behind all layers, with {what}: {layered:.1} us; the layers: {:.1} us", layered - alone);
    }
}

/// Microseconds of this process a request, the log's writer included.
async fn cost(router: &Router, caller: &Actor) -> f64 {
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let before = processor_seconds();
        for _ in 0..REQUESTS {
            let request = caller.request(Method::GET, PATH).body(Body::empty()).unwrap();
            let answer = router.clone().oneshot(request).await.unwrap();
            assert_eq!(answer.status(), 200);
            axum::body::to_bytes(answer.into_body(), 1000).await.unwrap();
        }
        rounds.push((processor_seconds() - before) * 1e6 / f64::from(REQUESTS));
    }
    rounds.sort_by(f64::total_cmp);
    rounds[ROUNDS / 2]
}

fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let after_name = stat.rsplit_once(')').unwrap().1;
    let ticks = after_name.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<f64>().unwrap());
    ticks.sum::<f64>() / TICKS_A_SECOND
}
